import Button from '@atlaskit/button/new';
import { type ReactNode, useEffect, useState } from 'react';

import { call, Problem } from '../../api/client';
import { go } from '../../app/router';
import { useMayChange } from '../../app/session';
import { Diagnosis, type DiagnosisAnswer } from '../../parts/Diagnosis';
import { Editor } from '../../parts/Editor';
import { Choice, Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { useLint } from '../../parts/lint';
import { Loaded, Refused } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { DataSetsStep } from './DataSetsStep';
import { definition_of, type Draft, fresh, type Source } from './draft';
import { SecretField } from './SecretField';

const STEPS = ['Source', 'Connection', 'Data sets', 'Destination', 'Schedule', 'Safety', 'Review'];

// "tenant_id" as people write it.
function in_words(name: string) {
  const text = name.replaceAll('_', ' ').replace(/\bid\b/, 'ID').replace(/\bapi\b/, 'API').replace(/\burl\b/, 'address');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

interface StepProps {
  site: string;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

function SourceStep({ draft, change }: StepProps) {
  const load = useLoad((signal) => call<{ sources: { name: string; title: string; description: string }[] }>('GET /api/v1/sources', {}, { signal }), []);
  return (
    <>
      <h2>What should be read?</h2>
      <Loaded load={load}>
        {({ sources }) => (
          <div className="cards">
            {sources.map(({ name, title, description }) => (
              <button
                key={name}
                type="button"
                className="card"
                aria-pressed={draft.source === name}
                onClick={() => change(draft.source === name ? { step: 1 } : { source: name, name, connection: {}, sets: {}, attributes: {}, text: null, step: 1 })}
              >
                <b>{title}</b>
                {description}
              </button>
            ))}
          </div>
        )}
      </Loaded>
    </>
  );
}

function ConnectionStep({ site, draft, change, source }: StepProps & { source: Source }) {
  const [found, set_found] = useState<DiagnosisAnswer | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const set = (name: string, value: string) => change({ connection: { ...draft.connection, [name]: value } });
  const check = async () => {
    set_busy(true);
    set_problem(null);
    set_found(null);
    try {
      set_found(
        await call<DiagnosisAnswer>('POST /api/v1/sites/{site}/importers/{importer}/check', { site, importer: draft.name }, { body: { definition: definition_of({ ...draft, token: draft.token || 'not-yet' }, source) } }),
      );
    } catch (error) {
      set_problem(error as Problem);
    }
    set_busy(false);
  };
  return (
    <div className="narrow">
      <h2>How does muster reach {source.title}?</h2>
      <Field label="Name of the importer" value={draft.name} set={(name) => change({ name })} required pattern="[A-Za-z0-9._\-]{1,64}" help="Letters, digits, - _ and . (up to 64). It becomes part of the ids in Assets and stays." />
      {source.connection
        .filter((field) => field.type !== 'file')
        .map((field) =>
          field.type === 'secret' ? (
            <SecretField key={field.name} site={site} label={in_words(field.name)} help={field.help} proposed={`${draft.name}-${field.name}`.replaceAll('_', '-')} value={draft.connection[field.name] ?? ''} set={(value) => set(field.name, value)} />
          ) : field.choices ? (
            <Choice key={field.name} label={in_words(field.name)} help={field.help} value={draft.connection[field.name] ?? field.default ?? ''} set={(value) => set(field.name, value)} options={field.choices.map((choice) => [choice, choice] as const)} />
          ) : (
            <Field key={field.name} label={in_words(field.name)} help={field.help} required={field.required} value={draft.connection[field.name] ?? ''} set={(value) => set(field.name, value)} />
          ),
        )}
      <details className="set">
        <summary>Permissions that {source.title} has to grant</summary>
        <ul>
          {source.permissions.map(({ name, help }) => (
            <li key={name}>
              <code>{name}</code> {help}
            </li>
          ))}
        </ul>
        <p className="quiet">Only those of the data sets that you select are needed. The check says which are missing.</p>
      </details>
      <Button onClick={check} isLoading={busy}>
        Check the connection
      </Button>
      <div style={{ marginTop: 16 }}>
        {problem && <Refused problem={problem} />}
        {found && <Diagnosis found={found} />}
      </div>
    </div>
  );
}

function DestinationStep({ site, draft, change }: StepProps) {
  return (
    <div className="narrow">
      <h2>Where do the objects go?</h2>
      <ol>
        <li>In Jira, open Assets, then the object schema that shall hold the data (or make one).</li>
        <li>Open its configuration, then Import, and create an import of the kind “External import”.</li>
        <li>Choose “Generate token” and copy the token. Each importer needs an import of its own.</li>
      </ol>
      <SecretField site={site} label="Token of the import" help="The container token that Assets has just shown." proposed={`assets-${draft.name}`} value={draft.token} set={(token) => change({ token })} />
      <Field label="Object schema" value={draft.schema} set={(schema) => change({ schema })} required />
      <Choice
        label="What the import does with objects that are no longer in the source"
        value={draft.missing}
        set={(missing) => change({ missing })}
        options={[
          ['unknown', 'I do not know (muster then assumes that they are removed)'],
          ['ignore', 'It keeps them'],
          ['update', 'It marks them'],
          ['remove', 'It removes them'],
        ]}
        help="It is set in Assets, in the import's settings. Say here what you chose there."
      />
    </div>
  );
}

function ScheduleStep({ draft, change }: StepProps) {
  return (
    <div className="narrow">
      <h2>When does it run?</h2>
      <Choice
        label="Runs"
        value={draft.schedule}
        set={(schedule) => change({ schedule: schedule as Draft['schedule'] })}
        options={[
          ['daily', 'Every day'],
          ['weekly', 'Every week'],
          ['hourly', 'Every hour'],
          ['every', 'Every so often'],
          ['cron', 'By a cron line'],
          ['none', 'Only when somebody starts it'],
        ]}
      />
      {draft.schedule === 'every' && <Field label="Every" value={draft.every} set={(every) => change({ every })} help="Such as 15m or 4h." />}
      {draft.schedule === 'weekly' && (
        <Choice label="Day" value={draft.day} set={(day) => change({ day })} options={[['mon', 'Monday'], ['tue', 'Tuesday'], ['wed', 'Wednesday'], ['thu', 'Thursday'], ['fri', 'Friday'], ['sat', 'Saturday'], ['sun', 'Sunday']]} />
      )}
      {(draft.schedule === 'daily' || draft.schedule === 'weekly') && <Field label="At" type="time" value={draft.at} set={(at) => change({ at })} />}
      {draft.schedule === 'cron' && <Field label="Cron line" value={draft.cron} set={(cron) => change({ cron })} help="Minute, hour, day of the month, month, day of the week." />}
      {['daily', 'weekly', 'cron'].includes(draft.schedule) && <Field label="Time zone" value={draft.zone} set={(zone) => change({ zone })} help="Such as Europe/Berlin." />}
      <p className="quiet">After saving, the importer's page lists the next ten times.</p>
    </div>
  );
}

function SafetyStep({ draft, change }: StepProps) {
  return (
    <div className="narrow">
      <h2>What needs a person's consent?</h2>
      <p>Before anything is sent, muster compares what it read with the last completed run. If more is missing than this, the run is held and changes nothing until an admin approves it.</p>
      <Field label="Missing objects, in percent" type="number" value={draft.missing_percent} set={(missing_percent) => change({ missing_percent })} />
      <Field label="Missing objects, as a number" type="number" value={draft.missing_objects} set={(missing_objects) => change({ missing_objects })} help="A run is held when both are exceeded." />
      <Field label="At most this many records of each data set" type="number" value={draft.limit} set={(limit) => change({ limit })} help="For trying out. Empty: all." />
    </div>
  );
}

function ReviewStep({ site, draft, change, source, saved }: StepProps & { source: Source; saved: () => void }) {
  const text = definition_of(draft, source);
  const findings = useLint(text);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const here = `/sites/${encodeURIComponent(site)}/importers/${encodeURIComponent(draft.name)}`;
  const save = async (runs: boolean) => {
    set_busy(true);
    try {
      const parts = { site, importer: draft.name };
      await call('PUT /api/v1/sites/{site}/importers/{importer}', parts, { body: { definition: text } });
      saved();
      say(`${draft.name} is saved`);
      go(here);
      if (runs) {
        const { job_id } = await call<{ job_id: string }>('POST /api/v1/sites/{site}/importers/{importer}/runs', parts, { body: {} });
        go(`${here}?job=${job_id}`, { replace: true });
      }
    } catch (error) {
      if (error instanceof Problem) set_problem(error);
      complain(error);
      set_busy(false);
    }
  };
  const is_bad = findings.some((finding) => !finding.warning);
  return (
    <div className="gap">
      <h2>This is the importer</h2>
      <p className="quiet">You may change the text; what it says is what runs.</p>
      {problem && <Refused problem={problem} />}
      <Editor label="Definition of the importer" text={text} set={(next) => change({ text: next })} findings={findings} read_only={false} />
      <div className="actions">
        <Button appearance="primary" isDisabled={is_bad} isLoading={busy} onClick={() => save(true)}>
          Save and run now
        </Button>
        <Button isDisabled={is_bad || busy} onClick={() => save(false)}>
          Save
        </Button>
        {draft.text !== null && <Button onClick={() => change({ text: null })}>Take the text from the steps again</Button>}
      </div>
    </div>
  );
}

export default function NewImporterPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const place = `new importer ${site}`;
  const may_change = useMayChange(site);
  const [draft, set_draft] = useState<Draft>(() => ({ ...fresh(), ...JSON.parse(sessionStorage.getItem(place) ?? '{}') }));
  const [is_kept, set_kept] = useState(true);
  useEffect(() => {
    if (is_kept) sessionStorage.setItem(place, JSON.stringify(draft));
    else sessionStorage.removeItem(place);
  }, [draft, is_kept, place]);
  const change = (part: Partial<Draft>) => set_draft((now) => ({ ...now, ...part }));
  const source = useLoad((signal) => (draft.source ? call<Source>('GET /api/v1/sources/{source}', { source: draft.source }, { signal }) : Promise.resolve(null)), [draft.source]);
  const step = { site, draft, change };
  if (!may_change)
    return (
      <Page title="New importer">
        <Refused problem={new Problem(403, 'forbidden', '', 'You may look at this site, not change it.')} />
      </Page>
    );
  const with_source = (show: (found: Source) => ReactNode) => <Loaded load={source}>{(found) => (found?.name === draft.source ? show(found) : null)}</Loaded>;
  return (
    <Page
      title="New importer"
      above={<a href={`/sites/${encodeURIComponent(site)}`}>Importers</a>}
      actions={
        draft.source && (
          <Button appearance="subtle" onClick={() => set_draft(fresh())}>
            Start over
          </Button>
        )
      }
    >
      <ol className="steps">
        {STEPS.map((name, index) => (
          <li key={name}>
            <button type="button" aria-current={draft.step === index ? 'step' : undefined} disabled={index > 0 && !draft.source} onClick={() => change({ step: index })}>
              {index + 1}. {name}
            </button>
          </li>
        ))}
      </ol>
      {draft.step === 0 && <SourceStep {...step} />}
      {draft.step === 1 && with_source((found) => <ConnectionStep {...step} source={found} />)}
      {draft.step === 2 && with_source((found) => <DataSetsStep draft={draft} change={change} source={found} />)}
      {draft.step === 3 && <DestinationStep {...step} />}
      {draft.step === 4 && <ScheduleStep {...step} />}
      {draft.step === 5 && <SafetyStep {...step} />}
      {draft.step === 6 && with_source((found) => <ReviewStep {...step} source={found} saved={() => set_kept(false)} />)}
      <div className="actions" style={{ marginTop: 24 }}>
        {draft.step > 0 && <Button onClick={() => change({ step: draft.step - 1 })}>Back</Button>}
        {draft.step < STEPS.length - 1 && (
          <Button appearance="primary" isDisabled={!draft.source} onClick={() => change({ step: draft.step + 1 })}>
            Next
          </Button>
        )}
      </div>
    </Page>
  );
}
