import { version } from 'comserv'
import { t } from '../i18n/t.ts'

interface Key {
  client_id: string
  client_secret: string
}

/** A call that the key may make, in each language. */
export interface FirstCall {
  /** What the program does: `lists users`. */
  does: string
  path: string
  javascript: string
  python: string
  php: string
}

interface Sample {
  name: string
  /** The setup: the library, installed from this server, and the key in the environment. */
  before?(origin: string, key: Key): string
  text(origin: string, key: Key, call: FirstCall): string
}

const calls: readonly (FirstCall & { scope: string })[] = [
  {
    scope: 'users:read',
    does: t('lists users'),
    path: 'users?limit=5',
    javascript: 'for await (const user of comserv.users.list()) console.log(user.username)',
    python: 'for user in comserv.users.list():\n    print(user.username)',
    php: 'foreach ($comserv->users->list() as $user) echo $user->username, "\\n";',
  },
  {
    scope: 'documents:read',
    does: t('lists documents'),
    path: 'documents?limit=5',
    javascript: 'for await (const document of comserv.documents.list()) console.log(document.title)',
    python: 'for document in comserv.documents.list():\n    print(document.title)',
    php: 'foreach ($comserv->documents->list() as $document) echo $document->title, "\\n";',
  },
]

/** Every key may make it. */
const anyCall: FirstCall = {
  does: t('lists the rate limits of this server'),
  path: 'catalog',
  javascript:
    'const { tiers } = await comserv.description.catalog()\nfor (const { name, requests_per_minute } of tiers) console.log(name, requests_per_minute)',
  python: 'for tier in comserv.description.catalog().tiers:\n    print(tier.name, tier.requests_per_minute)',
  php: 'foreach ($comserv->description->catalog()->tiers as $tier) echo $tier->name, " ", $tier->requests_per_minute, "\\n";',
}

/** @param usable the single scopes that the key can use now */
export function firstCall(usable: readonly string[]): FirstCall {
  return calls.find(({ scope }) => usable.includes(scope)) ?? anyCall
}

const inEnvironment = ({ client_secret }: Key, run: string) => `export KEY='${client_secret}'
# Save the program below, then run it
${run}`

/**
 * The first call in each language, with the official library where there is one. Programs read the key from their
 * environment, so that pasted code holds no secret. Every one is run by a test.
 */
export const samples: readonly Sample[] = [
  {
    name: 'curl',
    text: (origin, { client_id, client_secret }, { path }) => `# With the API key
curl -H 'X-API-Key: ${client_secret}' '${origin}/api/v1/${path}'

# Or with an OAuth 2.0 token
curl -d grant_type=client_credentials -d client_id=${client_id} \\
  -d client_secret=${client_secret} ${origin}/api/v1/oauth/token`,
  },
  {
    name: 'JavaScript',
    before: (origin, key) => `npm install ${origin}/sdk/comserv-${version}.tgz
${inEnvironment(key, 'node first.mjs')}`,
    text: (origin, _, { javascript }) => `import { Comserv } from 'comserv'

const comserv = new Comserv({ baseUrl: '${origin}', apiKey: process.env.KEY })
${javascript}`,
  },
  {
    name: 'Python',
    before: (origin, key) => `pip install ${origin}/sdk/comserv-${version}-py3-none-any.whl
${inEnvironment(key, 'python first.py')}`,
    text: (origin, _, { python }) => `import os

from comserv import Comserv

comserv = Comserv("${origin}", api_key=os.environ["KEY"])
${python}`,
  },
  {
    name: 'PHP',
    before: (origin, key) => `[ -f composer.json ] || composer init -n --name=you/app
composer config repositories.comserv composer ${origin}/sdk
${origin.startsWith('http:') ? '# Composer refuses http otherwise\ncomposer config secure-http false\n' : ''}composer require comserv/comserv
${inEnvironment(key, 'php first.php')}`,
    text: (origin, _, { php }) => `<?php
require 'vendor/autoload.php';

$comserv = new Comserv\\Comserv(baseUrl: '${origin}', apiKey: getenv('KEY'));
${php}`,
  },
]
