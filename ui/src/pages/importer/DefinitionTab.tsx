import Button from '@atlaskit/button/new';
import { useState } from 'react';

import { call, Problem } from '../../api/client';
import type { Importer } from '../../api/types';
import { useMayChange } from '../../app/session';
import { Editor } from '../../parts/Editor';
import { complain, say } from '../../parts/flags';
import { useLint } from '../../parts/lint';
import { Refused } from '../../parts/Loaded';

export function DefinitionTab({ site, importer, saved }: { site: string; importer: Importer; saved: () => void }) {
  const may_change = useMayChange(site);
  const draft = `definition ${site}/${importer.importer}/${importer.version}`;
  const [text, set_text] = useState(sessionStorage.getItem(draft) ?? importer.definition);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const findings = useLint(text);
  const change = (next: string) => {
    set_text(next);
    if (next === importer.definition) sessionStorage.removeItem(draft);
    else sessionStorage.setItem(draft, next);
  };
  const is_changed = text !== importer.definition;
  const save = async () => {
    set_busy(true);
    try {
      await call('PUT /api/v1/sites/{site}/importers/{importer}', { site, importer: importer.importer }, { body: { definition: text }, version: importer.version });
      sessionStorage.removeItem(draft);
      say('Saved', 'The next run goes by it.');
      saved();
    } catch (error) {
      if (error instanceof Problem) set_problem(error);
      else complain(error);
      set_busy(false);
    }
  };
  return (
    <div className="gap">
      <p className="quiet">This is all of the importer: its connection, data sets, destination, schedule and safety. Version {importer.version}, by {importer.changed_by}.</p>
      {problem && <Refused problem={problem} />}
      <Editor label="Definition of the importer" text={text} set={change} findings={findings} read_only={!may_change} />
      {may_change && (
        <div className="actions">
          <Button appearance="primary" isDisabled={!is_changed || findings.some((finding) => !finding.warning)} isLoading={busy} onClick={save}>
            Save as a new version
          </Button>
          <Button isDisabled={!is_changed} onClick={() => change(importer.definition)}>
            Undo changes
          </Button>
          <Button onClick={() => void navigator.clipboard.writeText(text).then(() => say('Copied'))}>Copy</Button>
        </div>
      )}
    </div>
  );
}
