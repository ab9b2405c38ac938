interface Key {
  client_id: string
  client_secret: string
}

/** The first call in each language, with nothing to install before. Every one is run by a test. */
export const samples: readonly { name: string; text(origin: string, key: Key): string }[] = [
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
    text: (origin, { client_secret }) => `const response = await fetch('${origin}/api/v1/users?limit=5', {
  headers: { 'X-API-Key': '${client_secret}' },
})
const { data, meta } = await response.json()
console.log(meta.total_count, data)`,
  },
  {
    name: 'Python',
    text: (origin, { client_secret }) => `import json
import urllib.request

request = urllib.request.Request(
    "${origin}/api/v1/users?limit=5",
    headers={"X-API-Key": "${client_secret}"},
)
with urllib.request.urlopen(request) as response:
    users = json.load(response)
print(users["meta"]["total_count"], users["data"])`,
  },
  {
    name: 'PHP',
    text: (origin, { client_secret }) => `<?php
$context = stream_context_create(['http' => [
    'header' => 'X-API-Key: ${client_secret}',
]]);
$answer = file_get_contents('${origin}/api/v1/users?limit=5', false, $context);
$users = json_decode($answer, true);
print_r($users['meta']);`,
  },
]
