import Button from '@atlaskit/button/new';
import { type FormEvent, useEffect, useState } from 'react';

import { call } from '../../api/client';
import type { Site } from '../../api/types';
import { useMayChange, useSession } from '../../app/session';
import { Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Time } from '../../parts/Time';
import { MoveSite } from './MoveSite';

function Contact({ site, saved }: { site: Site; saved: () => void }) {
  const may_change = useMayChange(site.site);
  const [contact, set_contact] = useState(site.contact);
  const [webhook, set_webhook] = useState(site.webhook);
  const [webhook_secret, set_secret] = useState(site.webhook_secret);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call('PUT /api/v1/sites/{site}/contact', { site: site.site }, { body: { contact, webhook, webhook_secret } });
      say('Saved');
      saved();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <form className="narrow" onSubmit={save}>
      <h2>Who is told when something goes wrong</h2>
      <fieldset className="bare" disabled={!may_change}>
      <Field label="E-mail address" type="email" value={contact} set={set_contact} help="Failed, held and late runs are told to it. Empty: nobody." />
      <Field label="Webhook" type="url" value={webhook} set={set_webhook} help="An address that muster calls with each notice." />
      <Field label="Stored secret that signs the webhook" value={webhook_secret} set={set_secret} help="The name of a stored secret, not its value." />
      {may_change && <Button type="submit" appearance="primary">Save</Button>}
      </fieldset>
    </form>
  );
}

function Licence({ site, saved }: { site: Site; saved: () => void }) {
  const { me } = useSession();
  const may_change = useMayChange(site.site);
  const [until, set_until] = useState('');
  const [licence, set_licence] = useState('');
  useEffect(() => set_until(site.entitlement.until?.slice(0, 10) ?? ''), [site.entitlement.until]);
  const act = async (event: FormEvent, done: () => Promise<unknown>) => {
    event.preventDefault();
    try {
      await done();
      say('Saved');
      saved();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <section className="narrow">
      <h2>How long its importers run</h2>
      <p>
        State: {site.entitlement.state}.{' '}
        {site.entitlement.until ? (
          <>
            {site.entitlement.may_run ? 'They run until' : 'They ran until'} <Time at={site.entitlement.until} full />.
          </>
        ) : site.entitlement.may_run ? (
          'There is no end.'
        ) : (
          'They do not run.'
        )}{' '}
        When the time is over nothing runs and nothing is deleted.
      </p>
      {me.operator && (
        <form onSubmit={(event) => act(event, () => call('PUT /api/v1/sites/{site}/entitlement', { site: site.site }, { body: { until: until || 'ever' } }))}>
          <Field label="Until" value={until} set={set_until} help="A date such as 2027-12-31; ever; or trial." />
          <Button type="submit">Set</Button>
        </form>
      )}
      {may_change && (
        <form style={{ marginTop: 16 }} onSubmit={(event) => act(event, () => call('PUT /api/v1/sites/{site}/licence', { site: site.site }, { body: { licence } }))}>
          <Field label="Licence" value={licence} set={set_licence} help="The text that you were sent." />
          <Button type="submit">Use this licence</Button>
        </form>
      )}
    </section>
  );
}

export default function SettingsPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const { me, reload } = useSession();
  const load = useLoad((signal) => call<Site>('GET /api/v1/sites/{site}', { site }, { signal }), [site]);
  const saved = () => {
    load.reload();
    void reload();
  };
  return (
    <Page title="Settings of the site">
      <Loaded load={load}>
        {(found) => (
          <>
            <dl className="facts">
              <div>
                <dt>Name</dt>
                <dd>{found.name}</dd>
              </div>
              <div>
                <dt>Site</dt>
                <dd>{found.site}</dd>
              </div>
              <div>
                <dt>Kind</dt>
                <dd>{found.kind === 'sandbox' ? `Sandbox of ${found.production}` : found.kind}</dd>
              </div>
              <div>
                <dt>Region</dt>
                <dd>{found.region || 'the default one'}</dd>
              </div>
            </dl>
            <Contact site={found} saved={saved} />
            <Licence site={found} saved={saved} />
            {me.operator && found.site !== 'default' && <MoveSite site={found} moved={saved} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
