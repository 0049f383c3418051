import Button from '@atlaskit/button/new';
import type { ChangeEvent } from 'react';

import type { Finding } from '../../api/client';
import type { Importer } from '../../api/types';
import { Editor } from '../../parts/Editor';
import { complain, say } from '../../parts/flags';
import { Time } from '../../parts/Time';

interface Props {
  importer: Importer;
  text: string;
  set: (text: string) => void;
  findings: Finding[];
  may_change: boolean;
}

const MOST_BYTES = 1024 * 1024;

export function FileTab({ importer, text, set, findings, may_change }: Props) {
  const upload = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (!file) return;
    if (file.size > MOST_BYTES) return complain(new Error(`${file.name} is larger than 1 MB: that is no importer file.`));
    set(await file.text());
    say(`${file.name} is read`, 'Nothing is saved yet.');
  };
  return (
    <div className="gap">
      <p className="quiet">
        This is all of the importer; the other tabs are forms over the same text. Version {importer.version}, by {importer.changed_by}, <Time at={importer.changed} />.
      </p>
      <div className="actions">
        <Button onClick={() => void navigator.clipboard.writeText(text).then(() => say('Copied'))}>Copy</Button>
        <a className="file-button" href={`data:application/yaml;charset=utf-8,${encodeURIComponent(text)}`} download={`${importer.importer}.yaml`}>
          Download
        </a>
        {may_change && (
          <label className="file-button">
            Upload a file ...
            <input type="file" accept=".yaml,.yml,.json,.txt" onChange={upload} />
          </label>
        )}
      </div>
      <Editor label="Definition of the importer" text={text} set={set} findings={findings} read_only={!may_change} />
    </div>
  );
}
