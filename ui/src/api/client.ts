// The one way to the service: cookie and CSRF token, If-Match, problem documents as errors.
import type { Routes } from './schema';

export interface Finding {
  line: number;
  column: number;
  message: string;
  warning: boolean;
}

// What the service refused, in its words.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    detail: string,
    readonly findings: Finding[] = [],
  ) {
    super(detail);
  }
}

let csrf_token = '';
export function take_csrf_token(token: string | undefined) {
  csrf_token = token ?? '';
}

let when_signed_out = () => {};
export function on_signed_out(act: () => void) {
  when_signed_out = act;
}

// Told of whatever is refused because the site cannot be used now.
const SITE_CODES = ['site_moving', 'region_unavailable'];
const told = new Set<(code: string) => void>();
export function on_site_refused(act: (code: string) => void) {
  told.add(act);
  return () => void told.delete(act);
}

export interface Options {
  query?: Record<string, string | number | undefined>;
  body?: object;
  version?: number; // of what is changed: it has to be the one in force still
  signal?: AbortSignal;
}

export function address_of(route: keyof Routes, parts: Record<string, string> = {}, query: Options['query'] = {}) {
  const path = route
    .slice(route.indexOf(' ') + 1)
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''));
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (wanted.length === 0) return path;
  return `${path}?${new URLSearchParams(wanted.map(([name, value]) => [name, String(value)]))}`;
}

async function problem_of(answer: Response): Promise<Problem> {
  try {
    const { code, title, detail, findings } = await answer.json();
    return new Problem(answer.status, code, title, detail, findings);
  } catch {
    return new Problem(answer.status, 'answer', 'No usable answer', 'Something between this page and muster answered instead of it. Try again; if it stays, ask whoever runs muster.');
  }
}

export async function call<T = unknown>(
  route: keyof Routes,
  parts: Record<string, string> = {},
  { query, body, version, signal }: Options = {},
): Promise<T> {
  const method = route.slice(0, route.indexOf(' '));
  const headers: Record<string, string> = {};
  if (body) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf_token) headers['X-CSRF-Token'] = csrf_token;
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  let answer: Response;
  try {
    answer = await fetch(address_of(route, parts, query), { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'offline', 'muster does not answer', 'Look whether muster runs and whether this computer reaches it, then try again.');
  }
  if (answer.ok) return (await answer.json()) as T;
  const problem = await problem_of(answer);
  if (problem.status === 401 && !route.endsWith('/sign-in') && !route.endsWith('/set-up')) when_signed_out();
  if (SITE_CODES.includes(problem.code)) told.forEach((act) => act(problem.code));
  throw problem;
}
