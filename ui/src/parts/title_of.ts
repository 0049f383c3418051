import type { Problem } from '../api/client';

const BY_CODE: Record<string, string> = {
  site_moving: 'The site is being moved',
  entitlement: 'Importers of this site do not run',
  region_unavailable: 'The database of this site does not answer',
  region_busy: 'The database of this site answers slowly',
};
const UNSEEN: Record<number, string> = {
  403: 'You may not see this',
  404: 'It is not there, or you may not see it',
};

// Of an act that was refused.
export const title_of_act = ({ code, title }: Problem) => BY_CODE[code] ?? (title || 'It did not work');
// Of something that was to be shown.
export const title_of = (problem: Problem) => UNSEEN[problem.status] ?? title_of_act(problem);
