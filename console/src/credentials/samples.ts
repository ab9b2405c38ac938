interface Key {
  client_id: string
  client_secret: string
}

interface Sample {
  name: string
  /** The setup: the key in the environment, and the library. */
  before?(key: Key): string
  text(origin: string, key: Key): string
}

const inEnvironment = ({ client_secret }: Key) => `export KEY='${client_secret}'`

/**
 * The first call in each language, with the official library where there is one. Programs read the key from their
 * environment, so that pasted code holds no secret. Every one is run by a test.
 */
export const samples: readonly Sample[] = [
  {
    name: 'curl',
    text: (origin, { client_id, client_secret }) => `# With the API key
curl -H 'X-API-Key: ${client_secret}' '${origin}/api/v1/users?limit=5'

# Or with an OAuth 2.0 token
curl -d grant_type=client_credentials -d client_id=${client_id} \\
  -d client_secret=${client_secret} ${origin}/api/v1/oauth/token`,
  },
  {
    name: 'JavaScript',
    before: (key) => `# In a copy of Comserv's repository
npm pack --workspace comserv
# In the folder of your program
npm install /path/to/comserv-0.1.0.tgz
${inEnvironment(key)}`,
    text: (origin) => `import { Comserv } from 'comserv'

const comserv = new Comserv({ baseUrl: '${origin}', apiKey: process.env.KEY })
for await (const user of comserv.users.list()) console.log(user.username)`,
  },
  {
    name: 'Python',
    before: (key) => `# In a copy of Comserv's repository
pip install ./sdk/python
${inEnvironment(key)}`,
    text: (origin) => `import os

from comserv import Comserv

comserv = Comserv("${origin}", api_key=os.environ["KEY"])
for user in comserv.users.list():
    print(user.username)`,
  },
  {
    name: 'PHP',
    before: (key) => `# In the folder of your program, beside a copy of Comserv's repository
composer config repositories.comserv path ../comserv/sdk/php
composer require comserv/comserv
${inEnvironment(key)}`,
    text: (origin) => `<?php
require 'vendor/autoload.php';

$comserv = new Comserv\\Comserv(baseUrl: '${origin}', apiKey: getenv('KEY'));
foreach ($comserv->users->list() as $user) echo $user->username, "\\n";`,
  },
]
