// What a user of jsforce does, told on standard output as JSON. Arguments: the sandbox's URL, then the scene's name.
const { Connection } = require(process.env.JSFORCE_FOLDER + '/node_modules/jsforce');

const [url, scene] = process.argv.slice(2);
const open = (more) => {
  const connection = new Connection({ instanceUrl: url, accessToken: process.env.DEMO_TOKEN, version: '57.0', ...more });
  connection.bulk2.pollInterval = 20;
  return connection;
};
const failure = async (action) => {
  try {
    await action();
    return null;
  } catch (error) {
    return { name: error.name, code: error.errorCode, message: error.message };
  }
};

const scenes = {
  async insert() {
    return open().bulk2.loadAndWaitForResults({
      object: 'Account',
      operation: 'insert',
      input: [
        { Name: 'first; of | them', Website: null, Description: 'line\nbreak "quoted"' },
        { Name: '', Website: 'https://second.example', Description: 'nameless' },
      ],
    });
  },
  async upsert() {
    const load = (input) => open().bulk2.loadAndWaitForResults({
      object: 'Account', operation: 'upsert', externalIdFieldName: 'External_Id__c', input,
    });
    const made = await load([{ External_Id__c: 'J1', Name: 'made' }]);
    const changed = await load([{ External_Id__c: 'J1', Name: 'changed' }, { External_Id__c: 'J2', Name: 'new' }]);
    return { made, changed };
  },
  async remove() {
    const connection = open();
    const made = await connection.bulk2.loadAndWaitForResults({
      object: 'Account', operation: 'insert', input: [{ Name: 'to delete' }],
    });
    const input = made.successfulResults.map((row) => ({ Id: row.sf__Id }));
    const deleted = await connection.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'delete', input });
    const again = await connection.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'hardDelete', input });
    return { deleted, again };
  },
  async steps() {
    const job = open().bulk2.createJob({ object: 'Account', operation: 'insert' });
    await job.open();
    const opened = job.getInfo().state;
    await job.uploadData('Name\nstep\n');
    await job.close();
    const closed = job.getInfo().state;
    await job.poll(20, 20000);
    const checked = await job.check();
    await job.delete();
    const gone = await failure(() => job.check());
    return { opened, closed, checked, gone };
  },
  async query() {
    const stream = await open().bulk2.query('SELECT Id, name FROM Account ORDER BY Name');
    return stream.toArray();
  },
  async refresh() {
    const connection = open({
      accessToken: 'expired',
      refreshToken: process.env.DEMO_REFRESH,
      oauth2: { loginUrl: url, clientId: process.env.DEMO_CLIENT, clientSecret: process.env.DEMO_SECRET },
    });
    const rows = await (await connection.bulk2.query('SELECT Name FROM Contact')).toArray();
    return { rows, renewed: connection.accessToken !== 'expired' };
  },
  async logins() {
    const soap = new Connection({ loginUrl: url, version: '57.0' });
    const user = await soap.login(process.env.DEMO_USER, process.env.DEMO_PASSWORD);
    const grant = new Connection({
      instanceUrl: url,
      version: '57.0',
      oauth2: { loginUrl: url, clientId: process.env.DEMO_CLIENT, clientSecret: process.env.DEMO_SECRET },
    });
    await grant.authorize({ grant_type: 'client_credentials' });
    const wrong = await failure(() => new Connection({ loginUrl: url }).login(process.env.DEMO_USER, 'wrong'));
    return { user, found: (await grant.query('SELECT COUNT() FROM Contact')).totalSize, wrong };
  },
  async errors() {
    const bad = await failure(() => open().bulk2.query('SELECT Nope FROM Account'));
    const expired = await failure(() => open({ accessToken: 'x' }).bulk2.query('SELECT Id FROM Account'));
    return { bad, expired };
  },
};

scenes[scene]().then(
  (outcome) => process.stdout.write(JSON.stringify(outcome)),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
