import Button from '@atlaskit/button/new';
import TextArea from '@atlaskit/textarea';
import { type ChangeEvent, useId, useState } from 'react';

import { call } from '../api/client';
import { Choice, Field } from '../parts/Field';
import { complain, say } from '../parts/flags';
import { useLoad } from '../parts/load';
import type { Value } from './definition';

interface Props {
  site: string;
  label: string;
  help: string;
  proposed: string; // name of a new secret
  value: Value | undefined; // as the definition has it
  set: (value: Value | undefined) => void;
  is_file?: boolean; // a certificate or a key: pasted, or from a file
}

const MOST_BYTES = 64 * 1024;

// A stored secret: one that is there, or a value that is stored at once and forgotten by this page.
export function SecretField({ site, label, help, proposed, value, set, is_file = false }: Props) {
  const load = useLoad((signal) => call<{ secrets: { secret: string }[] }>('GET /api/v1/sites/{site}/secrets', { site }, { signal }), [site]);
  const [typed, set_typed] = useState('');
  const id = useId();
  const place = typeof value === 'object' && !Array.isArray(value) ? value : {};
  const named = typeof place.secret === 'string' ? place.secret : '';
  const elsewhere = typeof place.env === 'string' ? `the environment variable ${place.env}` : typeof place.file === 'string' ? `the file ${place.file}` : '';
  const names = load.data?.secrets.map(({ secret }) => secret) ?? [];
  const is_missing = named !== '' && load.data !== undefined && !names.includes(named);
  const store = async (text: string) => {
    try {
      await call('PUT /api/v1/sites/{site}/secrets/{secret}', { site, secret: proposed }, { body: { value: text } });
      set_typed('');
      set({ secret: proposed });
      say(`Stored as ${proposed}`, 'Nobody can read it here again.');
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  const take_file = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (!file) return;
    if (file.size > MOST_BYTES) return complain(new Error(`${file.name} is larger than 64 kB: that is no certificate or key.`));
    await store(await file.text());
  };
  const shown = named && !names.includes(named) ? [...names, named] : names;
  return (
    <fieldset className="set">
      <legend>{label}</legend>
      <p className="help">{help}</p>
      {elsewhere && <p>It comes from {elsewhere} of the machine that muster runs on. Choosing a stored secret replaces that.</p>}
      <Choice label="Stored secret" value={named} set={(name) => set(name ? { secret: name } : undefined)} options={[['', elsewhere ? 'None: as above' : 'None'], ...shown.map((name) => [name, name === named && is_missing ? `${name} (not stored yet)` : name] as const)]} />
      {is_file ? (
        <>
          <div className="labelled">
            <label htmlFor={id}>Or paste it (PEM): it is stored as {proposed}</label>
            <TextArea id={id} value={typed} isMonospaced minimumRows={3} placeholder="-----BEGIN ..." onChange={(event) => set_typed(event.target.value)} />
          </div>
          <div className="actions">
            <Button isDisabled={!typed} onClick={() => store(typed)}>
              Store it
            </Button>
            <label className="file-button">
              Store a file ...
              <input type="file" accept=".pem,.crt,.cer,.key,.txt" onChange={take_file} />
            </label>
          </div>
        </>
      ) : (
        <>
          <Field label={`Or type it: it is stored as ${proposed}`} type="password" value={typed} set={set_typed} autoComplete="new-password" />
          <Button isDisabled={!typed} onClick={() => store(typed)}>
            Store it
          </Button>
        </>
      )}
    </fieldset>
  );
}
