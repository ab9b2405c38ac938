import { version } from 'comserv'

interface Key {
  client_id: string
  client_secret: string
}

interface Sample {
  name: string
  /** The setup: the library, installed from this server, and the key in the environment. */
  before?(origin: string, key: Key): string
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
    before: (origin, key) => `npm install ${origin}/sdk/comserv-${version}.tgz
${inEnvironment(key)}`,
    text: (origin) => `import { Comserv } from 'comserv'

const comserv = new Comserv({ baseUrl: '${origin}', apiKey: process.env.KEY })
for await (const user of comserv.users.list()) console.log(user.username)`,
  },
  {
    name: 'Python',
    before: (origin, key) => `pip install ${origin}/sdk/comserv-${version}-py3-none-any.whl
${inEnvironment(key)}`,
    text: (origin) => `import os

from comserv import Comserv

comserv = Comserv("${origin}", api_key=os.environ["KEY"])
for user in comserv.users.list():
    print(user.username)`,
  },
  {
    name: 'PHP',
    before: (origin, key) => `composer config repositories.comserv composer ${origin}/sdk
${origin.startsWith('http:') ? '# Composer refuses http otherwise\ncomposer config secure-http false\n' : ''}composer require comserv/comserv
${inEnvironment(key)}`,
    text: (origin) => `<?php
require 'vendor/autoload.php';

$comserv = new Comserv\\Comserv(baseUrl: '${origin}', apiKey: getenv('KEY'));
foreach ($comserv->users->list() as $user) echo $user->username, "\\n";`,
  },
]
