// Every page has its own address; links are plain <a href>, taken here.
import { useSyncExternalStore } from 'react';

const told = new Set<() => void>();
const tell = () => told.forEach((listener) => listener());

export function go(to: string, { replace = false } = {}) {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  window.scrollTo(0, 0);
  tell();
}

// Of the page that is shown: changes nothing but the part after "?".
export function set_query(values: Record<string, string>) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, '', location.pathname + (text && `?${text}`));
  tell();
}

function listen(listener: () => void) {
  told.add(listener);
  return () => void told.delete(listener);
}

export const usePath = () => useSyncExternalStore(listen, () => location.pathname);
export function useQuery() {
  return new URLSearchParams(useSyncExternalStore(listen, () => location.search));
}

export function fit(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':')) {
      try {
        parts[part.slice(1)] = decodeURIComponent(text);
      } catch {
        return null;
      }
    } else if (part !== text) return null;
  }
  return parts;
}

// `to` as it is safe to go to: an address of this console.
export const own_address = (to: string | null) => (to && /^\/(?![/\\])/.test(to) ? to : '/');

export function take_links() {
  window.addEventListener('popstate', tell);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/sign-in/')) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
