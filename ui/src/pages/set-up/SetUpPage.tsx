import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { type FormEvent, useEffect, useState } from 'react';

import { call, Problem } from '../../api/client';
import { go } from '../../app/router';
import { Field } from '../../parts/Field';
import { Refused } from '../../parts/Loaded';

export default function SetUpPage() {
  // Out of the address and of the browser's history at once: it is a key.
  const [token] = useState(() => location.hash.slice(1));
  const [admin, set_admin] = useState('');
  const [password, set_password] = useState('');
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  useEffect(() => {
    document.title = 'First start - muster';
    history.replaceState(null, '', location.pathname);
  }, []);
  const set_up = async (event: FormEvent) => {
    event.preventDefault();
    set_busy(true);
    try {
      await call('POST /api/v1/set-up', {}, { body: { token, admin, password } });
      go('/', { replace: true });
    } catch (error) {
      set_problem(error as Problem);
      set_busy(false);
    }
  };
  return (
    <main className="alone">
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>First start</h1>
      <p>Make the operator: the account that may do everything in this muster. You can add other people later.</p>
      {!token && (
        <SectionMessage appearance="warning" title="This address lacks its key">
          <p>Open the whole link that muster printed when it started. It works once, for 24 hours; each start prints a new one as long as there is no operator.</p>
        </SectionMessage>
      )}
      {problem && <Refused problem={problem} />}
      <form onSubmit={set_up}>
        <Field label="Name" value={admin} set={set_admin} required autoComplete="username" pattern="[a-z0-9._@+\-]{1,64}" help="Small letters, digits and . _ - @ + (up to 64)." />
        <Field label="Password" type="password" value={password} set={set_password} required minLength={8} autoComplete="new-password" help="At least 8 characters." />
        <Button type="submit" appearance="primary" shouldFitContainer isLoading={busy}>
          Make the operator
        </Button>
      </form>
    </main>
  );
}
