import { type ComponentType, lazy, Suspense, useCallback, useEffect, useState } from 'react';

import { call, on_signed_out, Problem, take_csrf_token } from '../api/client';
import type { Me, Site } from '../api/types';
import { FlagArea } from '../parts/flags';
import { Refused, Waiting } from '../parts/Loaded';
import { Page } from '../parts/Page';
import { Faults } from './Faults';
import { OfSite } from './OfSite';
import { fit, go, usePath } from './router';
import { type Session, SessionContext, useSession } from './session';
import { Shell } from './Shell';

type Parts = Record<string, string>;
type PageOf = ComponentType<{ parts: Parts }>;

const importer = lazy(() => import('../pages/importer/ImporterPage'));
const PAGES: [string, PageOf][] = [
  ['/sites/:site', lazy(() => import('../pages/overview/OverviewPage'))],
  ['/sites/:site/new', lazy(() => import('../pages/new-importer/NewImporterPage'))],
  ['/sites/:site/importers/:importer', importer],
  ['/sites/:site/importers/:importer/:tab', importer],
  ['/sites/:site/runs', lazy(() => import('../pages/runs/RunsPage'))],
  ['/sites/:site/runs/:run', lazy(() => import('../pages/run/RunPage'))],
  ['/sites/:site/secrets', lazy(() => import('../pages/secrets/SecretsPage'))],
  ['/sites/:site/notices', lazy(() => import('../pages/notices/NoticesPage'))],
  ['/sites/:site/audit', lazy(() => import('../pages/audit/AuditPage'))],
  ['/sites/:site/settings', lazy(() => import('../pages/sites/SettingsPage'))],
  ['/admin/sites', lazy(() => import('../pages/sites/SitesPage'))],
  ['/admin/admins', lazy(() => import('../pages/admins/AdminsPage'))],
  ['/admin/audit', lazy(() => import('../pages/audit/AuditPage'))],
  ['/admin/installation', lazy(() => import('../pages/installation/InstallationPage'))],
  ['/admin/regions', lazy(() => import('../pages/regions/RegionsPage'))],
  ['/admin/backups', lazy(() => import('../pages/installation/BackupsPage'))],
  ['/me', lazy(() => import('../pages/me/MePage'))],
];
const SignIn = lazy(() => import('../pages/sign-in/SignInPage'));
const SetUp = lazy(() => import('../pages/set-up/SetUpPage'));

function Start() {
  const { me, sites } = useSession();
  const before = sessionStorage.getItem('site');
  const site = sites.find((each) => each.site === before) ?? sites[0];
  useEffect(() => {
    if (site) go(`/sites/${encodeURIComponent(site.site)}`, { replace: true });
    else if (me.operator) go('/admin/sites', { replace: true });
  }, [site, me]);
  if (site || me.operator) return <Waiting />;
  return (
    <Page title="No site yet">
      <p>You have no role at any site. Ask an operator of this muster to give you one.</p>
    </Page>
  );
}

function Current() {
  const path = usePath();
  if (path === '/') return <Start />;
  for (const [pattern, Shown] of PAGES) {
    const parts = fit(pattern, path);
    if (!parts) continue;
    const shown = <Shown key={parts.run ?? parts.importer ?? parts.site ?? pattern} parts={parts} />;
    return parts.site ? <OfSite site={parts.site}>{shown}</OfSite> : shown;
  }
  return (
    <Page title="There is no such page">
      <p>
        The address may be old or mistyped. <a href="/">Go to the start</a>.
      </p>
    </Page>
  );
}

function SignedIn() {
  const path = usePath();
  const [session, set_session] = useState<Omit<Session, 'reload'> | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const reload = useCallback(async () => {
    try {
      const me = await call<Me>('GET /api/v1/me');
      take_csrf_token(me.csrf_token);
      const { sites } = await call<{ sites: Site[] }>('GET /api/v1/sites');
      set_session({ me, sites });
      set_problem(null);
    } catch (error) {
      if (error instanceof Problem && error.status !== 401) set_problem(error);
    }
  }, []);
  useEffect(() => {
    on_signed_out(() => {
      if (location.pathname !== '/sign-in') go(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
    });
    void reload();
  }, [reload]);
  if (problem && !session)
    return (
      <main className="alone">
        <Refused problem={problem} again={reload} />
      </main>
    );
  if (!session) return <Waiting />;
  return (
    <SessionContext.Provider value={{ ...session, reload }}>
      <Shell>
        <Faults at={path}>
          <Suspense fallback={<Waiting />}>
            <Current />
          </Suspense>
        </Faults>
      </Shell>
    </SessionContext.Provider>
  );
}

export function App() {
  const path = usePath();
  return (
    <>
      <Suspense fallback={<Waiting />}>{path === '/sign-in' ? <SignIn /> : path === '/set-up' ? <SetUp /> : <SignedIn />}</Suspense>
      <FlagArea />
    </>
  );
}
