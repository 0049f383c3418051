import Button from '@atlaskit/button/new';
import { useState } from 'react';

import { call } from '../../api/client';
import { Choice, Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { useLoad } from '../../parts/load';

interface Props {
  site: string;
  label: string;
  help: string;
  proposed: string; // name of a new secret
  value: string; // name of the chosen one
  set: (name: string) => void;
}

// A stored secret: one that is there, or a value that is stored at once and forgotten by this page.
export function SecretField({ site, label, help, proposed, value, set }: Props) {
  const load = useLoad((signal) => call<{ secrets: { secret: string }[] }>('GET /api/v1/sites/{site}/secrets', { site }, { signal }), [site]);
  const [typed, set_typed] = useState('');
  const names = load.data?.secrets.map(({ secret }) => secret) ?? [];
  const store = async () => {
    try {
      await call('PUT /api/v1/sites/{site}/secrets/{secret}', { site, secret: proposed }, { body: { value: typed } });
      set_typed('');
      set(proposed);
      say(`Stored as ${proposed}`, 'Nobody can read it here again.');
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  const known = value && !names.includes(value) ? [...names, value] : names;
  return (
    <fieldset className="set">
      <legend>{label}</legend>
      <p className="help">{help}</p>
      <Choice label="Stored secret" value={value} set={set} options={[['', 'None'], ...known.map((name) => [name, name] as const)]} />
      <Field label={`Or type it: it is stored as ${proposed}`} type="password" value={typed} set={set_typed} autoComplete="new-password" />
      <Button isDisabled={!typed} onClick={store}>
        Store it
      </Button>
    </fieldset>
  );
}
