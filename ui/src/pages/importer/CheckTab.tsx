import Button from '@atlaskit/button/new';
import { useState } from 'react';

import { call, Problem } from '../../api/client';
import { useMayChange } from '../../app/session';
import { Diagnosis, type DiagnosisAnswer } from '../../parts/Diagnosis';
import { Refused } from '../../parts/Loaded';

export function CheckTab({ site, importer }: { site: string; importer: string }) {
  const may_change = useMayChange(site);
  const [found, set_found] = useState<DiagnosisAnswer | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const check = async () => {
    set_busy(true);
    set_problem(null);
    try {
      set_found(await call<DiagnosisAnswer>('POST /api/v1/sites/{site}/importers/{importer}/check', { site, importer }, { body: {} }));
    } catch (error) {
      set_problem(error as Problem);
    }
    set_busy(false);
  };
  if (!may_change) return <p className="quiet">An admin of this site may check the connection.</p>;
  return (
    <div className="gap">
      <p>muster signs in, reads one record of everything that is selected, and says which permission is missing. It changes nothing.</p>
      <div>
        <Button appearance="primary" onClick={check} isLoading={busy}>
          Check now
        </Button>
      </div>
      {problem && <Refused problem={problem} />}
      {found && <Diagnosis found={found} />}
    </div>
  );
}
