import { useSession } from '../app/session';
import { Fold } from '../parts/Fold';
import { Choice, Field } from '../parts/Field';
import { Switch } from '../parts/Switch';
import { SecretField } from './SecretField';
import type { FormProps } from './source';

export function DestinationForm({ site, importer, definition, edit }: FormProps) {
  const { me } = useSession();
  const at = (...path: string[]) => ['destination', ...path];
  if (definition.text_at(at('type')) === 'files') {
    return (
      <p>
        The objects are written into the folder <code>{definition.text_at(at('dir'))}</code> of the machine that muster runs on. The text of the importer can change that.
      </p>
    );
  }
  const is_private = definition.text_at(at('allow_private_address')) === 'true';
  const api_url = definition.text_at(at('api_url'));
  return (
    <div className="narrow">
      <ol>
        <li>
          In Jira, open <b>Assets</b> and then the object schema that shall hold the data, or make one with <b>Create schema</b>.
        </li>
        <li>
          Open <b>Schema configuration</b>, then <b>Import</b>, then <b>Create import</b>, and choose <b>External import</b>.
        </li>
        <li>
          Open the menu of that import, choose <b>Generate token</b> and copy it. Each importer needs an import of its own.
        </li>
        <li>
          In the same menu, <b>Edit mapping</b> says for each object type what becomes of <b>missing objects</b>: set it there and say below what you chose.
        </li>
      </ol>
      <SecretField site={site} label="Token of the import" help="What Assets has just shown." proposed={`assets-${importer}`} value={definition.get(at('token'))} set={(token) => edit(at('token'), token)} />
      <Field label="Object schema" value={definition.text_at(at('schema', 'name'))} set={(name) => edit(at('schema', 'name'), name)} required />
      <Choice
        label="What the import does with objects that are no longer in the source"
        value={definition.text_at(at('missing_objects'), 'unknown')}
        set={(missing) => edit(at('missing_objects'), missing)}
        options={[
          ['unknown', 'I do not know (muster then assumes that they are removed)'],
          ['ignore', 'It keeps them'],
          ['update', 'It marks them'],
          ['remove', 'It removes them'],
        ]}
      />
      <Fold title="More" is_open={is_private || api_url !== ''}>
        <Field label="Address of Assets" type="url" value={api_url} set={(url) => edit(at('api_url'), url || undefined)} placeholder="https://api.atlassian.com" />
        <Switch on={is_private} disabled={!me.operator} set={(on) => edit(at('allow_private_address'), on ? 'true' : undefined)}>
          It is in our own network <span className="quiet">Private addresses may be reached, and this machine by plain http. {me.operator ? '' : 'Only an operator may switch this.'}</span>
        </Switch>
      </Fold>
    </div>
  );
}
