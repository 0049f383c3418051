import { type ReactNode, useState } from 'react';

import { call, take_csrf_token } from '../api/client';
import { is_unreachable } from './OfSite';
import { go, usePath } from './router';
import { useSession } from './session';
import { chosen_theme, type Theme, use_theme } from './theme';

const SITE_PAGES = [
  ['', 'Importers'],
  ['/runs', 'Runs'],
  ['/secrets', 'Secrets'],
  ['/notices', 'Notices'],
  ['/audit', 'Audit log'],
] as const;

function NavLink({ to, children }: { to: string; children: ReactNode }) {
  const path = usePath();
  return (
    <a href={to} aria-current={path === to ? 'page' : undefined}>
      {children}
    </a>
  );
}

function ThemeSwitch() {
  const [theme, set_theme] = useState(chosen_theme());
  const choose = (value: Theme) => {
    set_theme(value);
    void use_theme(value);
  };
  return (
    <select aria-label="Colours" className="field small" value={theme} onChange={(event) => choose(event.target.value as Theme)}>
      <option value="auto">As the system</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const { me, sites } = useSession();
  const path = usePath();
  const [shows_menu, set_shows_menu] = useState(false);
  const here = /^\/sites\/([^/]+)/.exec(path)?.[1];
  const before = sites.find((each) => each.site === sessionStorage.getItem('site')); // another admin may have sat here
  const site = here ? decodeURIComponent(here) : (before ?? sites[0])?.site ?? '';
  if (here) sessionStorage.setItem('site', site);
  const base = `/sites/${encodeURIComponent(site)}`;
  const sign_out = async () => {
    await call('POST /api/v1/sign-out').catch(() => {});
    take_csrf_token('');
    location.assign('/sign-in');
  };
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <button type="button" className="menu-button" aria-expanded={shows_menu} onClick={() => set_shows_menu(!shows_menu)}>
          Menu
        </button>
        <a href="/" className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" /> muster
        </a>
        {sites.length > 0 && (
          <select aria-label="Site" className="field small" value={site} onChange={(event) => go(`/sites/${encodeURIComponent(event.target.value)}`)}>
            {sites.map((each) => (
              <option key={each.site} value={each.site}>
                {each.name || each.site}
                {each.kind === 'sandbox' ? ' (sandbox)' : ''}
                {is_unreachable(each) ? ' (not reachable)' : ''}
              </option>
            ))}
          </select>
        )}
        <span className="grow" />
        <ThemeSwitch />
        <a href="/me" className="who">
          {me.admin}
        </a>
        <button type="button" className="plain" onClick={sign_out}>
          Sign out
        </button>
      </header>
      <nav aria-label="Pages" className={shows_menu ? 'side open' : 'side'} onClick={() => set_shows_menu(false)}>
        {site && (
          <>
            <h2>Site</h2>
            {SITE_PAGES.map(([end, name]) => (
              <NavLink key={end} to={base + end}>
                {name}
              </NavLink>
            ))}
            <NavLink to={`${base}/settings`}>Settings</NavLink>
          </>
        )}
        <h2>{me.operator ? 'Installation' : 'You'}</h2>
        {me.operator && (
          <>
            <NavLink to="/admin/sites">Sites</NavLink>
            <NavLink to="/admin/admins">Admins</NavLink>
            <NavLink to="/admin/regions">Regions</NavLink>
            <NavLink to="/admin/backups">Backups</NavLink>
            <NavLink to="/admin/installation">System</NavLink>
            <NavLink to="/admin/audit">Audit log</NavLink>
          </>
        )}
        <NavLink to="/me">Your account</NavLink>
      </nav>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
