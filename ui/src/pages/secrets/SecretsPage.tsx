import Button from '@atlaskit/button/new';
import { type FormEvent, useState } from 'react';

import { call } from '../../api/client';
import { useMayChange } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Secret {
  secret: string;
  changed: string;
  changed_by: string;
}

export default function SecretsPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const may_change = useMayChange(site);
  const [name, set_name] = useState('');
  const [value, set_value] = useState('');
  const load = useLoad((signal) => call<{ secrets: Secret[] }>('GET /api/v1/sites/{site}/secrets', { site }, { signal }), [site]);
  const store = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call('PUT /api/v1/sites/{site}/secrets/{secret}', { site, secret: name }, { body: { value } });
      say(`${name} is stored`, 'The next run uses it.');
      set_name('');
      set_value('');
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  const remove = async (secret: string) => {
    await call('DELETE /api/v1/sites/{site}/secrets/{secret}', { site, secret });
    say(`${secret} is removed`);
    load.reload();
  };
  return (
    <Page title="Secrets">
      <p className="story">
        Passwords and tokens that importers use. They are kept sealed; nobody can read them here again. An importer names one as <code>{'{ secret: NAME }'}</code>.
      </p>
      <Loaded load={load}>
        {({ secrets }) => (
          <Table<Secret>
            label="Secrets"
            rows={secrets}
            row_key={({ secret }) => secret}
            empty="No secret is stored at this site."
            columns={[
              { name: 'Name', by: ({ secret }) => secret, cell: ({ secret }) => secret },
              { name: 'Changed', by: ({ changed }) => changed, cell: ({ changed }) => <Time at={changed} full /> },
              { name: 'By', by: ({ changed_by }) => changed_by, cell: ({ changed_by }) => changed_by },
              ...(may_change
                ? [
                    {
                      name: 'Act',
                      cell: ({ secret }: Secret) => (
                        <div className="actions">
                          <Button spacing="compact" onClick={() => set_name(secret)}>
                            Replace {secret}
                          </Button>
                          <Ask small open="Remove ..." title={`Remove ${secret}?`} act={() => remove(secret)} done="Remove" word={secret} danger>
                            <p>Importers that name it fail until it is there again.</p>
                          </Ask>
                        </div>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
      {may_change && (
        <form className="narrow" onSubmit={store}>
          <h2>Store a secret</h2>
          <Field label="Name" value={name} set={set_name} required help="For example entra-client. A name that is there is replaced." />
          <Field label="Value" type="password" value={value} set={set_value} required autoComplete="new-password" />
          <Button type="submit" appearance="primary">
            Store
          </Button>
        </form>
      )}
    </Page>
  );
}
