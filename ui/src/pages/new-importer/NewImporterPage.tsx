import Button from '@atlaskit/button/new';
import { type ReactNode, useEffect, useState } from 'react';

import { call, Problem } from '../../api/client';
import { useMayChange } from '../../app/session';
import { ConnectionCheck, ConnectionForm } from '../../definition/ConnectionForm';
import { DataSetsForm } from '../../definition/DataSetsForm';
import { Definition, type Edit } from '../../definition/definition';
import { DestinationForm } from '../../definition/DestinationForm';
import { FiltersForm } from '../../definition/FiltersForm';
import { MappingForm } from '../../definition/MappingForm';
import { SafetyForm } from '../../definition/SafetyForm';
import { fresh_schedule, ScheduleForm } from '../../definition/ScheduleForm';
import type { FormProps, Source } from '../../definition/source';
import { Editor } from '../../parts/Editor';
import { Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { useLint } from '../../parts/lint';
import { Loaded, Refused } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { FirstRunStep } from './FirstRunStep';

// What was typed so far; it survives everything but closing the tab.
interface Draft {
  step: number;
  text: string; // the definition; "": no source is chosen yet
  saved: number; // version that is stored; 0: none yet
  plan: string;
  test: string;
}
const FRESH: Draft = { step: 0, text: '', saved: 0, plan: '', test: '' };

function beginning(source: string) {
  const text = `version: 1\nimporters:\n  - name: ${source}\n    source: ${source}\n    connection: {}\n    destination:\n      type: jsm_assets\n      token: { secret: assets-${source} }\n      schema: { name: IT Inventory }\n      missing_objects: unknown\n`;
  return new Definition(text).with(['schedule'], fresh_schedule()).text;
}

function SourceStep({ chosen, choose }: { chosen: string; choose: (source: string) => void }) {
  const load = useLoad((signal) => call<{ sources: { name: string; title: string; description: string }[] }>('GET /api/v1/sources', {}, { signal }), []);
  return (
    <Loaded load={load}>
      {({ sources }) => (
        <div className="cards">
          {sources.map(({ name, title, description }) => (
            <button key={name} type="button" className="card" aria-pressed={chosen === name} onClick={() => choose(name)}>
              <b>{title}</b>
              {description}
            </button>
          ))}
        </div>
      )}
    </Loaded>
  );
}

function NameField({ form, is_saved }: { form: FormProps; is_saved: boolean }) {
  if (is_saved) return null;
  const rename = (name: string) => {
    // A token that nobody stored yet is called after the importer.
    if (form.definition.text_at(['destination', 'token', 'secret']) === `assets-${form.importer}`) form.edit(['destination', 'token'], { secret: `assets-${name}` });
    form.edit(['name'], name);
  };
  return (
    <div className="narrow">
      <Field label="Name of the importer" value={form.importer} set={rename} required pattern="[A-Za-z0-9._\-]{1,64}" help="Letters, digits, - _ and . (up to 64). It becomes part of the ids in Assets and stays." />
    </div>
  );
}

const FORM_STEPS: [string, string, (form: FormProps, is_saved: boolean) => ReactNode][] = [
  [
    'Connection',
    'How does muster reach it?',
    (form, is_saved) => (
      <>
        <NameField form={form} is_saved={is_saved} />
        <ConnectionForm {...form} />
        <ConnectionCheck {...form} without_destination />
      </>
    ),
  ],
  ['Data sets', 'What is read from it?', (form) => <DataSetsForm {...form} />],
  ['Filters', 'Which records?', (form) => <FiltersForm {...form} />],
  ['Mapping', 'What do they become in Assets?', (form) => <MappingForm {...form} />],
  ['Destination', 'Where do the objects go?', (form) => <DestinationForm {...form} />],
  ['Schedule', 'When does it run?', (form) => <ScheduleForm {...form} />],
  ['Safety', "What needs a person's consent?", (form) => <SafetyForm {...form} />],
];
const STEPS = ['Source', ...FORM_STEPS.map(([name]) => name), 'Review', 'First run'];
const REVIEW = STEPS.length - 2;

interface ReviewProps {
  site: string;
  definition: Definition;
  saved: number;
  set_text: (text: string) => void;
  when_saved: (version: number) => void;
}

function ReviewStep({ site, definition, saved, set_text, when_saved }: ReviewProps) {
  const { text } = definition;
  const findings = useLint(text);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const importer = definition.text_at(['name']);
  const save = async () => {
    set_busy(true);
    set_problem(null);
    try {
      const parts = { site, importer };
      const { version } = await call<{ version: number }>('PUT /api/v1/sites/{site}/importers/{importer}', parts, { body: { definition: text }, version: saved || undefined });
      if (!saved) await call('POST /api/v1/sites/{site}/importers/{importer}/pause', parts);
      say(`${importer} is saved`);
      when_saved(version);
    } catch (error) {
      if (error instanceof Problem) set_problem(error);
      else complain(error);
    }
    set_busy(false);
  };
  return (
    <div className="gap">
      <p className="quiet">This is the importer that the steps made. You may change the text; what it says is what runs, and the steps follow it.</p>
      {problem && <Refused problem={problem} />}
      <Editor label="Definition of the importer" text={text} set={set_text} findings={findings} read_only={false} />
      <div className="actions">
        <Button appearance="primary" isDisabled={findings.some((finding) => !finding.warning) || !definition.is_editable} isLoading={busy} onClick={save}>
          Save and try it
        </Button>
      </div>
    </div>
  );
}

export default function NewImporterPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const place = `importer draft ${site}`;
  const may_change = useMayChange(site);
  const [draft, set_draft] = useState<Draft>(() => ({ ...FRESH, ...JSON.parse(sessionStorage.getItem(place) ?? '{}') }));
  useEffect(() => sessionStorage.setItem(place, JSON.stringify(draft)), [draft, place]);
  const change = (part: Partial<Draft>) => set_draft((now) => ({ ...now, ...part }));
  const definition = new Definition(draft.text);
  const source_name = draft.text ? definition.text_at(['source']) : '';
  const source = useLoad((signal) => (source_name ? call<Source>('GET /api/v1/sources/{source}', { source: source_name }, { signal }) : Promise.resolve(null)), [source_name]);
  const edit: Edit = (path, value) => set_draft((now) => ({ ...now, text: new Definition(now.text).with(path, value).text }));
  if (!may_change)
    return (
      <Page title="New importer">
        <Refused problem={new Problem(403, 'forbidden', '', 'You may look at this site, not change it.')} />
      </Page>
    );
  const choose = (name: string) => (name === source_name ? change({ step: 1 }) : set_draft({ ...FRESH, text: beginning(name), step: 1 }));
  const importer = definition.text_at(['name']);
  const may_go_to = (step: number) => step === 0 || (draft.text !== '' && (definition.is_editable || step === REVIEW) && (step <= REVIEW || draft.saved > 0));
  const form_step = FORM_STEPS[draft.step - 1];
  const heading = draft.step === 0 ? 'What should be read?' : draft.step === REVIEW ? 'Is this right?' : draft.step > REVIEW ? 'Try it, then let it run' : form_step?.[1];
  return (
    <Page
      title="New importer"
      above={<a href={`/sites/${encodeURIComponent(site)}`}>Importers</a>}
      beside={source.data && <span className="quiet">{source.data.title}</span>}
      actions={
        draft.text && (
          <Button appearance="subtle" onClick={() => set_draft(FRESH)}>
            Start over
          </Button>
        )
      }
    >
      <ol className="steps" aria-label="Steps">
        {STEPS.map((name, index) => (
          <li key={name}>
            <button type="button" aria-current={draft.step === index ? 'step' : undefined} disabled={!may_go_to(index)} onClick={() => change({ step: index })}>
              {index + 1}. {name}
            </button>
          </li>
        ))}
      </ol>
      <h2>{heading}</h2>
      {draft.step === 0 && <SourceStep chosen={source_name} choose={choose} />}
      {form_step && (
        <Loaded load={source}>
          {(found) =>
            !definition.is_editable ? (
              <p>The text of the importer cannot be read. Mend it in the step Review.</p>
            ) : found?.name === source_name ? (
              form_step[2]({ site, importer, source: found, definition, edit }, draft.saved > 0)
            ) : null
          }
        </Loaded>
      )}
      {draft.step === REVIEW && <ReviewStep site={site} definition={definition} saved={draft.saved} set_text={(text) => change({ text })} when_saved={(saved) => change({ saved, step: REVIEW + 1 })} />}
      {draft.step > REVIEW && <FirstRunStep site={site} importer={importer} definition={definition} plan={draft.plan} test={draft.test} change={change} done={() => sessionStorage.removeItem(place)} />}
      <div className="actions" style={{ marginTop: 24 }}>
        {draft.step > 0 && <Button onClick={() => change({ step: draft.step - 1 })}>Back</Button>}
        {draft.step < REVIEW && (
          <Button appearance="primary" isDisabled={!may_go_to(draft.step + 1)} onClick={() => change({ step: draft.step + 1 })}>
            Next
          </Button>
        )}
      </div>
    </Page>
  );
}
