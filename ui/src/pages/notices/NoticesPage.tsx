import Button from '@atlaskit/button/new';

import { call } from '../../api/client';
import { useMayChange } from '../../app/session';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Notice {
  at: string;
  kind: string;
  importer: string;
  run_id: string;
  subject: string;
  text: string;
  deliveries: { channel: string; state: string; tries: number; problem: string }[];
}

const arrived = ({ deliveries }: Notice) => (deliveries.length === 0 ? 'sent to nobody' : deliveries.map((each) => `${each.channel}: ${each.state}${each.problem && ` (${each.problem})`}`).join('; '));

export default function NoticesPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const base = `/sites/${encodeURIComponent(site)}`;
  const may_change = useMayChange(site);
  const load = useLoad((signal) => call<{ notices: Notice[] }>('GET /api/v1/sites/{site}/notices', { site }, { signal }), [site], 15_000);
  const test = async () => {
    try {
      await call('POST /api/v1/sites/{site}/notices/test', { site });
      say('A test notice is on its way', 'The list shows whether it arrived.');
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Page title="Notices" actions={may_change && <Button onClick={test}>Send a test</Button>}>
      <p className="story">
        What people were told when something went wrong. Who is told stands in the <a href={`${base}/settings`}>settings</a> of the site.
      </p>
      <Loaded load={load}>
        {({ notices }) => (
          <Table<Notice>
            label="Notices"
            rows={notices}
            row_key={({ at, subject }) => at + subject}
            empty="Nothing went wrong so far."
            columns={[
              { name: 'When', by: ({ at }) => at, cell: ({ at }) => <Time at={at} full /> },
              { name: 'Subject', by: ({ subject }) => subject, cell: ({ subject, run_id }) => (run_id ? <a href={`${base}/runs/${run_id}`}>{subject}</a> : subject) },
              { name: 'Arrived', by: arrived, cell: arrived },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
