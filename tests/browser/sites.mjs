// What the console shows of a site that cannot be used as usual: its region's database is away, or it is being moved.
import assert from 'node:assert/strict';

import { become_operator, head, inspect, origin, outside, page, press, sort_tables, step, through } from './browser.mjs';

const far = `${origin}/sites/far`;
const AWAY = 'The database of this site does not answer';
const MOVING = 'This site is being moved to another region';

await through(async () => {
  await become_operator('olga');

  await step('a region goes while somebody looks', async () => {
    await page.goto(far);
    await page.getByRole('link', { name: 'entra', exact: true }).waitFor();
    await outside('the region goes');
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByText(AWAY).waitFor();
    await page.getByText(/lies in the region ch/).waitFor();
    assert.equal(await page.getByRole('table').count(), 0);
    assert.equal(await page.getByRole('alert').count(), 0, 'it is told twice');
    await inspect('site-unreachable');
    await page.goto(`${origin}/admin/sites`);
    const row = page.getByRole('row', { name: /far/ });
    await row.getByText('Not reachable').waitFor();
    assert.equal(await row.getByRole('button').count(), 0, 'it is offered to remove it');
    assert.match(await page.getByLabel('Site', { exact: true }).first().locator('option').allInnerTexts().then(String), /far \(not reachable\)/);
    await inspect('sites-unreachable');
  });

  await step('its pages go on by themselves when it is back', async () => {
    await page.goto(`${far}/importers/entra/schedule`);
    await page.getByText(AWAY).waitFor();
    assert.equal(await page.getByText('Its time is over').count(), 0);
    await outside('the region is back');
    await head('entra');
    await page.getByText('It runs only when somebody starts it.').waitFor();
    assert.equal(await page.getByText(AWAY).count(), 0);
  });

  await step('a site that is being moved is looked at and not changed', async () => {
    await page.goto(`${far}/importers/entra`);
    await page.getByRole('button', { name: 'Run now' }).waitFor();
    await outside('the move pauses');
    // Whoever presses learns why nothing happens, and the page says it from then on.
    await press('Run now');
    await page.getByRole('alert').getByText('The site is being moved').waitFor();
    await page.getByText(MOVING).waitFor();
    await inspect('importer-moving');
    await page.getByRole('link', { name: 'Importers', exact: true }).first().click();
    await page.getByRole('link', { name: 'entra', exact: true }).waitFor();
    await page.getByText(MOVING).waitFor();
    await inspect('overview-moving');
    // A change that was begun is not lost.
    await page.goto(`${far}/importers/entra/schedule`);
    await page.getByLabel('Runs').selectOption('hourly');
    await press('Save as a new version');
    await page.getByRole('region', { name: 'Changes that are not saved' }).getByText('The site is being moved').waitFor();
    await outside('the move goes on');
    await page.getByText(MOVING).waitFor({ state: 'detached' });
    await press('Save as a new version');
    await page.getByText('There are changes that are not saved.').waitFor({ state: 'detached' });
    await page.goto(`${far}/settings`);
    await page.getByText('the default one').waitFor();
  });

  const region = () => page.locator('dl.facts div').filter({ hasText: 'Region' }).locator('dd');
  const ask_for_move = async (to) => {
    await page.goto(`${far}/settings`);
    await page.getByLabel('Where to').selectOption(to);
    await press('Move ...');
    const done = page.getByRole('dialog').getByRole('button', { name: 'Move it', exact: true });
    await done.waitFor();
    assert.ok(await done.isDisabled(), 'nobody has typed its name');
    await page.getByLabel('Type far to confirm').fill('far');
    if (to === 'region ch') await inspect('site-move-question');
    await done.click();
  };

  await step('an operator moves a site', async () => {
    await ask_for_move('region ch');
    await region().getByText('ch', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByLabel('Where to').waitFor();
    await page.goto(`${origin}/admin/regions`);
    const there = page.getByRole('row', { name: /^ch/ });
    await there.getByText('Ready').waitFor();
    await there.getByRole('link', { name: 'far', exact: true }).waitFor();
    await press('Check all');
    await page.getByText('Every database can be used').waitFor();
    await sort_tables();
    await inspect('regions');
  });

  await step('he watches a move and takes it back', async () => {
    await outside('moves become slow');
    await page.goto(`${far}/settings`);
    await page.getByLabel('Where to').waitFor();
    await ask_for_move('home');
    await page.getByText(/([\d,]+) of \1 rows are copied/).waitFor({ timeout: 60_000 });
    await page.getByText(MOVING).waitFor({ timeout: 60_000 });
    await inspect('site-move');
    await page.goto(`${origin}/admin/regions`);
    await page.getByRole('region', { name: 'Sites that are being moved' }).getByText(/rows are copied/).waitFor();
    await inspect('regions-move');
    await press('Take it back ...');
    await page.getByRole('dialog').getByRole('button', { name: 'Take it back', exact: true }).click();
    await page.getByText(/Being taken back/).waitFor();
    await page.getByRole('region', { name: 'Sites that are being moved' }).waitFor({ state: 'detached', timeout: 120_000 });
    await page.goto(`${far}/settings`);
    await region().getByText('ch', { exact: true }).waitFor();
    await page.getByText(MOVING).waitFor({ state: 'detached' });
    await outside('moves are quick again');
  });
});
