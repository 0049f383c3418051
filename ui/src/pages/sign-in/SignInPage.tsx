import Button from '@atlaskit/button/new';
import { type FormEvent, useEffect, useState } from 'react';

import { call, Problem } from '../../api/client';
import { go, own_address, useQuery } from '../../app/router';
import { Field } from '../../parts/Field';
import { Refused } from '../../parts/Loaded';

export default function SignInPage() {
  const [admin, set_admin] = useState('');
  const [password, set_password] = useState('');
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const to = own_address(useQuery().get('to'));
  useEffect(() => {
    document.title = 'Sign in - muster';
  }, []);
  const sign_in = async (event: FormEvent) => {
    event.preventDefault();
    set_busy(true);
    try {
      await call('POST /api/v1/sign-in', {}, { body: { admin, password } });
      go(to, { replace: true });
    } catch (error) {
      set_problem(error as Problem);
      set_busy(false);
    }
  };
  return (
    <main className="alone">
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>Sign in to muster</h1>
      {problem && <Refused problem={problem} />}
      <form onSubmit={sign_in}>
        <Field label="Name" value={admin} set={set_admin} required autoComplete="username" />
        <Field label="Password" type="password" value={password} set={set_password} required autoComplete="current-password" />
        <Button type="submit" appearance="primary" shouldFitContainer isLoading={busy}>
          Sign in
        </Button>
      </form>
      <p className="help">
        Does your company use single sign-on? <a href={`/sign-in/oidc?to=${encodeURIComponent(to)}`}>Sign in with it</a>.
      </p>
      <p className="help">Password forgotten? An operator gives you a new one.</p>
    </main>
  );
}
