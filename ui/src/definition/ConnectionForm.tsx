import Button from '@atlaskit/button/new';
import { useState } from 'react';

import { call, Problem } from '../api/client';
import { useSession } from '../app/session';
import { Diagnosis, type DiagnosisAnswer } from '../parts/Diagnosis';
import { Fold } from '../parts/Fold';
import { Choice, Field } from '../parts/Field';
import { say } from '../parts/flags';
import { Refused } from '../parts/Loaded';
import { Switch } from '../parts/Switch';
import type { Value } from './definition';
import { SecretField } from './SecretField';
import { type ConnectionField, type FormProps, in_words, needed_permissions } from './source';

// "certificate+private_key" of connection_needs, in words.
const ways_of = (needs: string[][]) => needs.map((groups) => groups.map((group) => group.split('+').map((name) => in_words(name).toLowerCase()).join(' and ')).join(', or '));

function Permissions({ source, definition }: FormProps) {
  const needed = needed_permissions(definition, source);
  if (source.permissions.length === 0) return null;
  return (
    <section className="set" aria-label="Permissions to grant">
      <h2>Grant these in {source.title}</h2>
      <p className="quiet">What the selected data sets and attributes need, and no more. The check below says which are missing and where to grant them.</p>
      <ul className="plain-list">
        {needed.map(({ name, help }) => (
          <li key={name}>
            <code>{name}</code> <span className="quiet">{help}</span>
          </li>
        ))}
      </ul>
      <Button spacing="compact" onClick={() => void navigator.clipboard.writeText(needed.map(({ name }) => name).join('\n')).then(() => say('Copied', `${needed.length} names`))}>
        Copy the names
      </Button>
    </section>
  );
}

function OneField({ form, field }: { form: FormProps; field: ConnectionField }) {
  const path = ['connection', field.name];
  const set = (value: Value | undefined) => form.edit(path, value || undefined);
  const label = in_words(field.name);
  if (field.type === 'secret' || field.type === 'file') {
    return (
      <SecretField site={form.site} label={label} help={field.help} proposed={`${form.importer}-${field.name}`.replaceAll('_', '-')} value={form.definition.get(path)} set={set} is_file={field.type === 'file'} />
    );
  }
  const value = form.definition.text_at(path);
  if (field.choices) return <Choice label={label} help={field.help} value={value || (field.default ?? '')} set={set} options={field.choices.map((choice) => [choice, choice] as const)} />;
  return <Field label={label} help={field.default ? `${field.help} Without it: ${field.default}.` : field.help} required={field.required} value={value} set={set} />;
}

export function ConnectionCheck({ site, importer, definition, without_destination }: FormProps & { without_destination: boolean }) {
  const [found, set_found] = useState<DiagnosisAnswer | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const check = async () => {
    set_busy(true);
    set_problem(null);
    set_found(null);
    try {
      set_found(await call<DiagnosisAnswer>('POST /api/v1/sites/{site}/importers/{importer}/check', { site, importer }, { body: { definition: definition.text, without_destination } }));
    } catch (error) {
      set_problem(error as Problem);
    }
    set_busy(false);
  };
  return (
    <section aria-label="Check">
      <Button onClick={check} isLoading={busy}>
        Check the connection
      </Button>
      <div style={{ marginTop: 16 }}>
        {problem && <Refused problem={problem} />}
        {found && <Diagnosis found={found} />}
      </div>
    </section>
  );
}

export function ConnectionForm(form: FormProps) {
  const { me } = useSession();
  const { source, definition, edit } = form;
  const needs = new Set(source.connection_needs.flat().flatMap((group) => group.split('+')));
  const rare = source.connection.filter((field) => !field.required && !needs.has(field.name) && field.type !== 'choice');
  const usual = source.connection.filter((field) => !rare.includes(field));
  const is_private = definition.text_at(['connection', 'allow_private_address']) === 'true';
  return (
    <div className="narrow">
      {usual.map((field) => (
        <OneField key={field.name} form={form} field={field} />
      ))}
      {ways_of(source.connection_needs).map((ways) => (
        <p key={ways} className="quiet">
          To sign in it needs {ways}.
        </p>
      ))}
      <Fold title="More" is_open={is_private || rare.some((field) => definition.text_at(['connection', field.name]))}>
        {rare.map((field) => (
          <OneField key={field.name} form={form} field={field} />
        ))}
        <Switch on={is_private} disabled={!me.operator} set={(on) => edit(['connection', 'allow_private_address'], on ? 'true' : undefined)}>
          It is in our own network <span className="quiet">Private addresses may be reached, and this machine by plain http. {me.operator ? '' : 'Only an operator may switch this.'}</span>
        </Switch>
      </Fold>
      <Permissions {...form} />
    </div>
  );
}
