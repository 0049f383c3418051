import Button from '@atlaskit/button/new';
import { useState } from 'react';

import { call } from '../../api/client';
import type { Importer } from '../../api/types';
import { useMayChange } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Version {
  version: number;
  changed: string;
  changed_by: string;
}
interface Line {
  change: 'same' | 'added' | 'removed';
  text: string;
}
const MARKS = { same: ' ', added: '+', removed: '-' };

function Diff({ site, importer, version }: { site: string; importer: string; version: number }) {
  const load = useLoad(
    (signal) => call<{ from: number; lines: Line[] }>('GET /api/v1/sites/{site}/importers/{importer}/versions/{version}/diff', { site, importer, version: String(version) }, { signal }),
    [site, importer, version],
  );
  return (
    <section>
      <Loaded load={load}>
        {({ from, lines }) => (
          <>
            <h2>{from ? `What version ${version} changed in version ${from}` : `Version ${version}, the first`}</h2>
            <pre className="diff" tabIndex={0}>
              {lines.map((line, index) => (
                <span key={index} className={line.change}>
                  {MARKS[line.change]} {line.text}
                </span>
              ))}
            </pre>
          </>
        )}
      </Loaded>
    </section>
  );
}

export function VersionsTab({ site, importer, restored }: { site: string; importer: Importer; restored: () => void }) {
  const may_change = useMayChange(site);
  const parts = { site, importer: importer.importer };
  const [shown, set_shown] = useState(importer.version);
  const load = useLoad((signal) => call<{ versions: Version[] }>('GET /api/v1/sites/{site}/importers/{importer}/versions', parts, { signal }), [site, importer.importer, importer.version]);
  const restore = async (version: number) => {
    await call('POST /api/v1/sites/{site}/importers/{importer}/versions/{version}/restore', { ...parts, version: String(version) }, { version: importer.version });
    say(`Version ${version} is back`, 'It became a new version; nothing was lost.');
    restored();
  };
  return (
    <>
      <Loaded load={load}>
        {({ versions }) => (
          <Table<Version>
            label="Versions"
            rows={versions}
            row_key={({ version }) => String(version)}
            columns={[
              { name: 'Version', by: ({ version }) => version, cell: ({ version }) => (version === importer.version ? `${version} (in force)` : version) },
              { name: 'By', by: ({ changed_by }) => changed_by, cell: ({ changed_by }) => changed_by },
              { name: 'When', by: ({ changed }) => changed, cell: ({ changed }) => <Time at={changed} full /> },
              {
                name: 'Look',
                cell: ({ version }) => (
                  <div className="actions">
                    <Button spacing="compact" onClick={() => set_shown(version)}>
                      Changes of {version}
                    </Button>
                    {may_change && version !== importer.version && (
                      <Ask small open={`Go back to ${version} ...`} title={`Go back to version ${version}?`} act={() => restore(version)} done="Go back">
                        <p>A new version is made that says the same as version {version}. The next run goes by it.</p>
                      </Ask>
                    )}
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Diff site={site} importer={importer.importer} version={shown} />
    </>
  );
}
