import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { type FormEvent, useState } from 'react';

import { call, take_csrf_token } from '../../api/client';
import { useSession } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { Choice, Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Token {
  token_id: string;
  name: string;
  scope: string;
  created: string;
  ends: string;
}
interface BrowserSession {
  session: string;
  origin: string;
  created: string;
  last_seen: string;
  this_one: boolean;
}

function Tokens() {
  const load = useLoad((signal) => call<{ tokens: Token[] }>('GET /api/v1/tokens', {}, { signal }), []);
  const [name, set_name] = useState('');
  const [scope, set_scope] = useState('read');
  const [days, set_days] = useState('90');
  const [made, set_made] = useState('');
  const make = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const { token } = await call<{ token: string }>('POST /api/v1/tokens', {}, { body: { name, scope, days: Number(days) } });
      set_made(token);
      set_name('');
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  const remove = async (token: string) => {
    await call('DELETE /api/v1/tokens/{token}', { token });
    say('The token works no more');
    load.reload();
  };
  return (
    <section>
      <h2>Personal tokens</h2>
      <p className="quiet">For programs. A token may do at most what you may.</p>
      <Loaded load={load}>
        {({ tokens }) => (
          <Table<Token>
            label="Personal tokens"
            rows={tokens}
            row_key={({ token_id }) => token_id}
            empty="You have no token."
            columns={[
              { name: 'Name', by: (token) => token.name, cell: (token) => token.name },
              { name: 'May', by: (token) => token.scope, cell: (token) => (token.scope === 'write' ? 'read and change' : 'read') },
              { name: 'Made', by: (token) => token.created, cell: (token) => <Time at={token.created} /> },
              { name: 'Ends', by: (token) => token.ends, cell: (token) => <Time at={token.ends} /> },
              {
                name: 'Act',
                cell: (token) => (
                  <Ask small open="Take back ..." title={`Take ${token.name} back?`} act={() => remove(token.token_id)} done="Take back" danger>
                    <p>Programs that use it are refused from now on.</p>
                  </Ask>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {made && (
        <div style={{ marginTop: 16 }}>
          <SectionMessage appearance="success" title="Copy this token now. It is shown only once.">
            <p className="code">{made}</p>
          </SectionMessage>
        </div>
      )}
      <form className="row" style={{ marginTop: 16 }} onSubmit={make}>
        <Field label="Name of a new token" value={name} set={set_name} required />
        <Choice label="It may" value={scope} set={set_scope} options={[['read', 'Read'], ['write', 'Read and change']]} />
        <Field label="Days" type="number" value={days} set={set_days} required />
        <Button type="submit">Make a token</Button>
      </form>
    </section>
  );
}

function Sessions() {
  const load = useLoad((signal) => call<{ sessions: BrowserSession[] }>('GET /api/v1/sessions', {}, { signal }), []);
  const end = async (session: string) => {
    try {
      await call('DELETE /api/v1/sessions/{session}', { session });
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <section>
      <h2>Where you are signed in</h2>
      <Loaded load={load}>
        {({ sessions }) => (
          <Table<BrowserSession>
            label="Sessions"
            rows={sessions}
            row_key={({ session }) => session}
            columns={[
              { name: 'From', by: ({ origin }) => origin, cell: ({ origin, this_one }) => (this_one ? `${origin} (this browser)` : origin) },
              { name: 'Since', by: ({ created }) => created, cell: ({ created }) => <Time at={created} full /> },
              { name: 'Last seen', by: ({ last_seen }) => last_seen, cell: ({ last_seen }) => <Time at={last_seen} /> },
              {
                name: 'Act',
                cell: ({ session, this_one }) =>
                  this_one ? (
                    ''
                  ) : (
                    <Button spacing="compact" onClick={() => end(session)}>
                      End
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}

function Password() {
  const [password, set_password] = useState('');
  const [new_password, set_new] = useState('');
  const change = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const { csrf_token } = await call<{ csrf_token: string }>('POST /api/v1/me/password', {}, { body: { password, new_password } });
      take_csrf_token(csrf_token);
      set_password('');
      set_new('');
      say('The password is changed', 'Your other sessions have ended.');
    } catch (error) {
      complain(error);
    }
  };
  return (
    <form className="narrow" onSubmit={change}>
      <h2>Password</h2>
      <Field label="Password now" type="password" value={password} set={set_password} required autoComplete="current-password" />
      <Field label="New password" type="password" value={new_password} set={set_new} required minLength={8} autoComplete="new-password" />
      <Button type="submit">Change</Button>
    </form>
  );
}

export default function MePage(_: { parts: Record<string, string> }) {
  const { me } = useSession();
  const roles = Object.entries(me.roles).map(([site, role]) => `${role} of ${site}`);
  return (
    <Page title={me.admin}>
      <p className="story">{me.operator ? 'You are an operator: you may do everything here.' : `You are ${roles.join(', ') || 'without a role'}.`}</p>
      <Tokens />
      <Sessions />
      <Password />
    </Page>
  );
}
