import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { type ReactNode, useEffect, useState } from 'react';

import { call, Problem } from '../../api/client';
import type { Importer, Job, RunRow } from '../../api/types';
import { go, useQuery } from '../../app/router';
import { useMayChange } from '../../app/session';
import { ConnectionCheck, ConnectionForm } from '../../definition/ConnectionForm';
import { DataSetsForm } from '../../definition/DataSetsForm';
import { Definition, type Edit } from '../../definition/definition';
import { DestinationForm } from '../../definition/DestinationForm';
import { FiltersForm } from '../../definition/FiltersForm';
import { MappingForm } from '../../definition/MappingForm';
import { SafetyForm } from '../../definition/SafetyForm';
import { ScheduleForm } from '../../definition/ScheduleForm';
import type { FormProps, Source } from '../../definition/source';
import { Ask } from '../../parts/Ask';
import { complain, say } from '../../parts/flags';
import { useLint } from '../../parts/lint';
import { Loaded, Refused } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { Live } from '../../report/Live';
import { ask_for_plan, Plan } from '../../report/Plan';
import { RunChart } from '../runs/RunChart';
import { RunList } from '../runs/RunList';
import { FileTab } from './FileTab';
import { VersionsTab } from './VersionsTab';

const FORMS: Record<string, (form: FormProps, may_change: boolean) => ReactNode> = {
  source: (form, may_change) => (
    <>
      <ConnectionForm {...form} />
      {may_change && <ConnectionCheck {...form} without_destination={false} />}
    </>
  ),
  'data-sets': (form) => (
    <>
      <DataSetsForm {...form} />
      <h2>Filters</h2>
      <FiltersForm {...form} />
    </>
  ),
  mapping: (form) => <MappingForm {...form} />,
  destination: (form) => <DestinationForm {...form} />,
  schedule: (form) => <ScheduleForm {...form} />,
  safety: (form) => <SafetyForm {...form} />,
};

const TABS = [
  ['', 'Runs'],
  ['source', 'Source'],
  ['data-sets', 'Data sets'],
  ['mapping', 'Mapping'],
  ['destination', 'Destination'],
  ['schedule', 'Schedule'],
  ['safety', 'Safety'],
  ['versions', 'Versions'],
  ['file', 'As file'],
] as const;

function RunsTab({ site, importer }: { site: string; importer: string }) {
  const query = useQuery();
  const asked = query.get('job') ?? '';
  const plan = query.get('plan') ?? '';
  // A run may begin and end between two looks at the jobs.
  const runs = useLoad((signal) => call<{ runs: RunRow[] }>('GET /api/v1/sites/{site}/runs', { site }, { query: { importer }, signal }), [site, importer], 5_000);
  const jobs = useLoad((signal) => call<{ jobs: Job[] }>('GET /api/v1/sites/{site}/jobs', { site }, { query: { importer }, signal }), [site, importer, asked], 1_500);
  const live = jobs.data?.jobs.find((job) => job.job_id !== plan && (job.state === 'running' || job.job_id === asked || job.trigger === 'manual'));
  const live_id = live?.job_id;
  const { reload } = runs;
  useEffect(reload, [live_id, reload]);
  const base = `/sites/${encodeURIComponent(site)}`;
  return (
    <>
      {plan && (
        <section aria-label="Plan" className="framed">
          <h2>What a run would do now</h2>
          <Plan key={plan} site={site} job_id={plan} />
        </section>
      )}
      {live && (
        <section className="framed">
          <Live job={live} />
          {live.run_id && (
            <p style={{ marginTop: 8 }}>
              <a href={`${base}/runs/${live.run_id}`}>Watch this run</a>
            </p>
          )}
        </section>
      )}
      <Loaded load={runs}>
        {(found) => (
          <>
            <RunChart site={site} runs={found.runs} />
            <RunList site={site} runs={found.runs} of_one empty="It has not run yet. Its schedule starts it, or somebody who presses Run now." />
            {found.runs.length > 0 && (
              <p style={{ marginTop: 16 }}>
                <a href={`${base}/runs?importer=${encodeURIComponent(importer)}`}>All runs of {importer}</a>
              </p>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

interface DraftProps {
  site: string;
  importer: Importer;
  text: string;
  findings: { warning: boolean; line: number; message: string }[];
  saved: () => void;
  undo: () => void;
}

// What was changed in any of the tabs, until it is saved.
function UnsavedBar({ site, importer, text, findings, saved, undo }: DraftProps) {
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const errors = findings.filter((finding) => !finding.warning);
  const save = async () => {
    set_busy(true);
    set_problem(null);
    try {
      await call('PUT /api/v1/sites/{site}/importers/{importer}', { site, importer: importer.importer }, { body: { definition: text }, version: importer.version });
      say('Saved', 'The next run goes by it.');
      saved();
    } catch (error) {
      if (error instanceof Problem) set_problem(error);
      else complain(error);
    }
    set_busy(false);
  };
  return (
    <section className="unsaved" aria-label="Changes that are not saved">
      {problem && <Refused problem={problem} />}
      <div className="actions">
        <span>{errors[0] ? `Cannot be saved yet. Line ${errors[0].line}: ${errors[0].message}` : 'There are changes that are not saved.'}</span>
        <span className="grow" />
        <Button appearance="primary" isDisabled={errors.length > 0} isLoading={busy} onClick={save}>
          Save as a new version
        </Button>
        <Button onClick={undo}>Undo changes</Button>
      </div>
    </section>
  );
}

interface TabsProps {
  site: string;
  importer: Importer;
  tab: string;
  reload: () => void;
}

function Tabs({ site, importer, tab, reload }: TabsProps) {
  const may_change = useMayChange(site);
  const place = `definition ${site}/${importer.importer}/${importer.version}`;
  const [text, set_text] = useState(sessionStorage.getItem(place) ?? importer.definition);
  const change = (next: string) => {
    set_text(next);
    if (next === importer.definition) sessionStorage.removeItem(place);
    else sessionStorage.setItem(place, next);
  };
  const is_changed = text !== importer.definition;
  const findings = useLint(text);
  const definition = new Definition(text);
  const source_name = definition.is_editable ? definition.text_at(['source']) : '';
  const source = useLoad((signal) => (source_name ? call<Source>('GET /api/v1/sources/{source}', { source: source_name }, { signal }) : Promise.resolve(null)), [source_name]);
  const edit: Edit = (path, value) =>
    set_text((now) => {
      const next = new Definition(now).with(path, value).text;
      sessionStorage.setItem(place, next);
      return next;
    });
  const form = FORMS[tab];
  const shown = () => {
    if (tab === '') return <RunsTab site={site} importer={importer.importer} />;
    if (tab === 'versions') return <VersionsTab site={site} importer={importer} restored={reload} />;
    if (tab === 'file') return <FileTab importer={importer} text={text} set={change} findings={findings} may_change={may_change} />;
    if (!form) return <p>There is no such part.</p>;
    if (!definition.is_editable)
      return (
        <SectionMessage appearance="warning" title="Forms cannot show this text">
          <p>
            It is no YAML that can be read, or holds more than one importer. See it <a href={`/sites/${encodeURIComponent(site)}/importers/${encodeURIComponent(importer.importer)}/file`}>as file</a>.
          </p>
        </SectionMessage>
      );
    return (
      <Loaded load={source}>
        {(found) =>
          found && (
            <fieldset className="bare" disabled={!may_change}>
              {tab === 'schedule' && importer.paused && (
                <SectionMessage appearance="warning" title="The schedule is paused">
                  <p>Nothing below starts until somebody resumes it.</p>
                </SectionMessage>
              )}
              {form({ site, importer: importer.importer, source: found, definition, edit }, may_change)}
            </fieldset>
          )
        }
      </Loaded>
    );
  };
  const undo = () => change(importer.definition);
  const saved = () => {
    sessionStorage.removeItem(place);
    reload();
  };
  return (
    <>
      {shown()}
      {may_change && is_changed && <UnsavedBar site={site} importer={importer} text={text} findings={findings} saved={saved} undo={undo} />}
    </>
  );
}

export default function ImporterPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const importer = parts.importer ?? '';
  const tab = parts.tab ?? '';
  const base = `/sites/${encodeURIComponent(site)}`;
  const here = `${base}/importers/${encodeURIComponent(importer)}`;
  const may_change = useMayChange(site);
  const load = useLoad((signal) => call<Importer>('GET /api/v1/sites/{site}/importers/{importer}', { site, importer }, { signal }), [site, importer]);
  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      complain(error);
    }
  };
  const run = (body: object) =>
    attempt(async () => {
      const { job_id } = await call<{ job_id: string }>('POST /api/v1/sites/{site}/importers/{importer}/runs', { site, importer }, { body });
      say('The run is queued', 'The next free worker takes it.');
      go(`${here}?job=${job_id}`);
    });
  const plan = () => attempt(async () => go(`${here}?plan=${(await ask_for_plan(site, importer)).job_id}`));
  const pause = (paused: boolean) =>
    attempt(async () => {
      await call(paused ? 'POST /api/v1/sites/{site}/importers/{importer}/pause' : 'POST /api/v1/sites/{site}/importers/{importer}/resume', { site, importer });
      say(paused ? 'Paused' : 'Resumed', paused ? 'The schedule starts nothing until you resume it.' : 'The schedule goes on.');
      load.reload();
    });
  const remove = async () => {
    await call('DELETE /api/v1/sites/{site}/importers/{importer}', { site, importer });
    say('Removed', `${importer} runs no more. Its runs and versions stay.`);
    go(base);
  };
  return (
    <Page
      title={importer}
      above={<a href={base}>Importers</a>}
      beside={load.data?.paused && <State of="paused" />}
      actions={
        may_change &&
        load.data && (
          <>
            <Button appearance="primary" onClick={() => run({})}>
              Run now
            </Button>
            <Button onClick={plan}>Plan</Button>
            <Button onClick={() => run({ test: true })}>Test run</Button>
            <Button onClick={() => pause(!load.data?.paused)}>{load.data.paused ? 'Resume schedule' : 'Pause schedule'}</Button>
            <Ask open="Remove ..." title={`Remove ${importer}?`} act={remove} done="Remove" word={importer} danger>
              <p>It runs no more. The objects in Assets, its runs and its versions stay; a version can be brought back.</p>
            </Ask>
          </>
        )
      }
    >
      <nav className="tabs" aria-label="Parts of this importer">
        {TABS.map(([name, title]) => (
          <a key={name} href={name ? `${here}/${name}` : here} aria-current={tab === name ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <Loaded load={load}>{(found) => <Tabs key={found.version} site={site} importer={found} tab={tab} reload={load.reload} />}</Loaded>
    </Page>
  );
}
