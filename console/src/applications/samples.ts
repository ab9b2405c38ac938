import type { Application } from 'comserv'

/** A text in single quotes of a shell. Addresses and ids have none in them, and names of scopes neither. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

type Asking = Pick<Application, 'client_id' | 'kind' | 'redirect_uris' | 'scopes'>

/** What it asks for: who the person is, and all that it may. */
export function scopeOf({ scopes }: Pick<Application, 'scopes'>): string {
  return ['openid', ...scopes].join(' ')
}

/** The first step, in a shell: the address that a browser opens. */
export function authorizeSample(origin: string, application: Asking): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: application.client_id,
    redirect_uri: application.redirect_uris[0] ?? '',
    scope: scopeOf(application),
    code_challenge_method: 'S256',
  }).toString()
  return `# A new secret for each sign-in, and its hash (PKCE)
VERIFIER=$(openssl rand -hex 32)
CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')
STATE=$(openssl rand -hex 16)

# Open this address in a browser
echo ${quoted(`${origin}/oauth/authorize?${query}`)}"&state=$STATE&code_challenge=$CHALLENGE"`
}

/** The second: the code that came back, for tokens. */
export function tokenSample(origin: string, application: Asking): string {
  const { client_id, kind, redirect_uris } = application
  const shown =
    kind === 'server' ? `-u ${quoted(client_id)}:"$CLIENT_SECRET"` : `-d client_id=${quoted(client_id)}`
  return `# CODE is the parameter "code" of the address that you came back to${kind === 'server' ? ', CLIENT_SECRET the secret' : ''}
curl ${quoted(`${origin}/api/v1/oauth/token`)} ${shown} \\
  -d grant_type=authorization_code -d code="$CODE" -d code_verifier="$VERIFIER" \\
  --data-urlencode redirect_uri=${quoted(redirect_uris[0] ?? '')}`
}
