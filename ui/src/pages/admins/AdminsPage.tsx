import Button from '@atlaskit/button/new';
import { type FormEvent, useState } from 'react';

import { call } from '../../api/client';
import { useSession } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { Choice, Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Admin {
  admin: string;
  operator: boolean;
  disabled: boolean;
  has_password: boolean;
  issuer?: string;
  created: string;
  roles: Record<string, string>;
}

const may = ({ operator, roles }: Admin) => (operator ? 'everything (operator)' : Object.entries(roles).map(([site, role]) => `${role} of ${site}`).join(', ') || 'nothing');
const signs_in = ({ has_password, issuer, disabled }: Admin) => (disabled ? 'not any more (disabled)' : [has_password && 'with a password', issuer && `at ${issuer}`].filter(Boolean).join(', '));

const ROLES = [
  ['', 'None'],
  ['admin', 'Admin: looks and changes'],
  ['auditor', 'Auditor: looks only'],
] as const;

function Edit({ of, issuer, saved }: { of: Admin | null; issuer: string; saved: () => void }) {
  const { sites } = useSession();
  const [name, set_name] = useState(of?.admin ?? '');
  const [password, set_password] = useState('');
  const [subject, set_subject] = useState('');
  const [operator, set_operator] = useState(of?.operator ?? false);
  const [roles, set_roles] = useState(of?.roles ?? {});
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(roles).filter(([, role]) => role));
    try {
      await call('PUT /api/v1/admins/{admin}', { admin: name }, { body: { operator, roles: given, ...(password ? { password } : {}), ...(subject ? { issuer, subject } : {}) } });
      say(`${name} is saved`);
      saved();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <form className="narrow" onSubmit={save}>
      <h2>{of ? `Change ${of.admin}` : 'Add somebody'}</h2>
      {!of && <Field label="Name" value={name} set={set_name} required pattern="[a-z0-9._@+\-]{1,64}" help="Small letters, digits and . _ - @ + (up to 64)." />}
      <Field label={of ? 'New password' : 'Password'} type="password" value={password} set={set_password} autoComplete="new-password" minLength={8} help={of ? 'Empty: it stays as it is.' : 'At least 8 characters. Tell it to the person; it can be changed after signing in.'} />
      {issuer && <Field label={`Subject at ${issuer}`} value={subject} set={set_subject} help={`Lets the person sign in there. Whoever signs in and has no account yet is told it.${of?.issuer ? ' Empty: it stays as it is.' : ''}`} />}
      <label className="tick">
        <input type="checkbox" checked={operator} onChange={(event) => set_operator(event.target.checked)} />
        <span>Operator: may do everything, at every site</span>
      </label>
      {!operator &&
        sites.map(({ site, name: shown }) => <Choice key={site} label={`Role at ${shown || site}`} value={roles[site] ?? ''} set={(role) => set_roles({ ...roles, [site]: role })} options={ROLES} />)}
      <Button type="submit" appearance="primary">
        {of ? 'Save' : 'Add'}
      </Button>
    </form>
  );
}

export default function AdminsPage(_: { parts: Record<string, string> }) {
  const { me } = useSession();
  const [edited, set_edited] = useState<Admin | null>(null);
  const [turn, set_turn] = useState(0);
  const load = useLoad((signal) => call<{ admins: Admin[] }>('GET /api/v1/admins', {}, { signal }), []);
  const about = useLoad((signal) => call<{ openid: { issuer?: string } }>('GET /api/v1/installation', {}, { signal }), []);
  const saved = () => {
    set_edited(null);
    set_turn(turn + 1);
    load.reload();
  };
  const disable = async (of: Admin) => {
    await call('PUT /api/v1/admins/{admin}', { admin: of.admin }, { body: { disabled: !of.disabled } });
    say(of.disabled ? `${of.admin} may sign in again` : `${of.admin} is out`, of.disabled ? '' : 'All sessions and tokens have ended.');
    saved();
  };
  const remove = async (name: string) => {
    await call('DELETE /api/v1/admins/{admin}', { admin: name });
    say(`${name} is removed`);
    saved();
  };
  return (
    <Page title="Admins">
      <Loaded load={load}>
        {({ admins }) => (
          <>
            <Table<Admin>
              label="Admins"
              rows={admins}
              row_key={({ admin }) => admin}
              columns={[
                { name: 'Name', by: ({ admin }) => admin, cell: ({ admin }) => admin },
                { name: 'May', by: may, cell: may },
                { name: 'Signs in', by: signs_in, cell: signs_in },
                { name: 'Since', by: ({ created }) => created, cell: ({ created }) => <Time at={created} /> },
                {
                  name: 'Act',
                  cell: (of) => (
                    <div className="actions">
                      <Button spacing="compact" onClick={() => set_edited(of)}>
                        Change {of.admin}
                      </Button>
                      {of.admin !== me.admin && (
                        <>
                          <Ask small open={of.disabled ? 'Enable ...' : 'Disable ...'} title={`${of.disabled ? 'Enable' : 'Disable'} ${of.admin}?`} act={() => disable(of)} done={of.disabled ? 'Enable' : 'Disable'} />
                          <Ask small open="Remove ..." title={`Remove ${of.admin}?`} act={() => remove(of.admin)} done="Remove" word={of.admin} danger>
                            <p>Sessions and tokens end at once. What this admin did stays in the audit log.</p>
                          </Ask>
                        </>
                      )}
                    </div>
                  ),
                },
              ]}
            />
            <Edit key={`${edited?.admin} ${turn}`} of={edited} issuer={about.data?.openid.issuer ?? ''} saved={saved} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
