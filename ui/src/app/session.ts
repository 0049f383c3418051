import { createContext, useContext } from 'react';

import type { Me, Site } from '../api/types';

export interface Session {
  me: Me;
  sites: Site[];
  reload: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('not signed in');
  return session;
}

// An auditor looks; an admin of the site and an operator change.
export function useMayChange(site: string) {
  const { me } = useSession();
  return me.operator || me.roles[site] === 'admin';
}
