// Brings one site back from a backup, in the place of what is there now.
import { useState } from 'react';

import { call } from '../../api/client';
import { useSession } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { Choice } from '../../parts/Field';
import { say } from '../../parts/flags';

interface Restored {
  rows: number;
  abandoned: number;
  skipped_roles: number;
}

const number = new Intl.NumberFormat('en');

export function RestoreSite({ backup, sites }: { backup: string; sites: string[] }) {
  const { reload } = useSession();
  const [chosen, set_chosen] = useState('');
  const site = sites.includes(chosen) ? chosen : (sites[0] ?? '');
  if (!site) return null;
  const restore = async () => {
    const { rows, abandoned, skipped_roles } = await call<Restored>('POST /api/v1/backups/{backup}/restore', { backup }, { body: { site } });
    const more = [abandoned > 0 && `Runs that ran when the backup was made: ${number.format(abandoned)}, abandoned now.`, skipped_roles > 0 && `Roles of people who are not here any more: ${number.format(skipped_roles)}, left out.`];
    say(`${site} is as it was`, [`${number.format(rows)} rows came back.`, ...more].filter(Boolean).join(' '));
    await reload();
  };
  return (
    <Ask small open="Restore a site ..." title="Bring a site back from this backup?" act={restore} done="Bring it back" word={site} danger>
      <Choice label="Site" value={site} set={set_chosen} options={sites.map((each) => [each, each] as const)} />
      <p>Importers, secrets and runs become what they were then; what was changed since is lost. The audit log stays and goes on, and so do trial and entitlement. It is refused while one of its importers runs.</p>
    </Ask>
  );
}
