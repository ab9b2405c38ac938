import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { samplesOf } from './guide-samples.ts'

/**
 * The documentation page that the API implements, statement by statement and in its order, each with the words that say
 * it in the guides. Those in the overview stand in the same order there.
 */
const overview = 'overview'
const statements: readonly (readonly [statement: string, guide: string, words: RegExp])[] = [
  ['Comserv API Documentation', overview, /^# API documentation$/m],
  [
    'The Comserv API provides programmatic access to system functionality',
    overview,
    /The API gives programs access/,
  ],
  ['Retrieve and manipulate data', overview, /^- retrieve and manipulate data$/m],
  ['Integrate with external systems', overview, /^- integrate with external systems$/m],
  ['Extend platform functionality', overview, /^- extend the platform$/m],
  ['Automate workflows', overview, /^- automate workflows$/m],
  ['Build custom interfaces', overview, /^- build custom interfaces$/m],
  [
    'API access requires authentication and appropriate permissions',
    overview,
    /Access requires authentication and appropriate permissions/,
  ],
  [
    'Contact your system administrator for API credentials',
    overview,
    /Contact your system administrator for API credentials\./,
  ],
  ['Authentication', overview, /^## Authentication$/m],
  [
    'You can manage API credentials through the API Credentials Management interface',
    overview,
    /Administrators manage credentials in the console/,
  ],
  [
    'See the API Credentials Documentation for more details',
    overview,
    /\[creating credentials\]\(authentication\.md#creating-credentials\)/,
  ],
  [
    'Navigate to Admin > Developer > API Credentials',
    overview,
    /^1\. Open \*Admin > Developer > API Credentials\*\.$/m,
  ],
  ['Click "Generate New API Key"', overview, /^2\. Choose \*\*Generate New API Key\*\*\.$/m],
  [
    'Name your application and select appropriate scopes',
    overview,
    /^3\. Name your application and select the scopes that it needs\.$/m,
  ],
  [
    'Store the generated client_id and client_secret securely',
    overview,
    /^4\. Store the `client_id` and the `client_secret` safely\./m,
  ],
  ['OAuth 2.0 (Recommended)', overview, /^### OAuth 2\.0 \(recommended\)$/m],
  [
    'POST /api/v1/oauth/token',
    overview,
    /-d grant_type=client_credentials -d client_id="\$CLIENT_ID" -d client_secret="\$CLIENT_SECRET" \\\n {2}\S+\/api\/v1\/oauth\/token/,
  ],
  ['Response: an access token', overview, /"token_type": "Bearer", "expires_in": 3600/],
  [
    'Use the access token in subsequent requests',
    overview,
    /^Use the access token in subsequent requests:$/m,
  ],
  [
    'GET /api/v1/users with Authorization: Bearer',
    overview,
    /-H "Authorization: Bearer \$TOKEN" '\S+\/api\/v1\/users/,
  ],
  ['API Key (Simple)', overview, /^### API key \(simple\)$/m],
  ['Include your API key in the request header', overview, /the API key\. Send it in a header:/],
  ['X-API-Key: YOUR_API_KEY', overview, /-H "X-API-Key: \$KEY" '\S+\/api\/v1\/users/],
  ['Core Endpoints', overview, /^## Core endpoints$/m],
  ['Users', overview, /^### Users$/m],
  ['GET /api/v1/users: List Users', overview, /`GET \/users` lists users/],
  ['GET /api/v1/users/{id}: Get User', overview, /`GET \/users\/\{id\}` returns one/],
  ['POST /api/v1/users: Create User', overview, /`POST \/users` creates one/],
  ['page: Page number (default: 1)', overview, /^\| `page` \| page number \(default: 1\) \|$/m],
  [
    'limit: Results per page (default: 20, max: 100)',
    overview,
    /^\| `limit` \| results per page \(default: 20, max: 100\) \|$/m,
  ],
  ['role: Filter by role (optional)', overview, /^\| `role` \| filter by role \(optional\) \|$/m],
  ['status: Filter by status (optional)', overview, /^\| `status` \| filter by status \(optional\) \|$/m],
  ['Documents', overview, /^### Documents$/m],
  ['GET /api/v1/documents: List Documents', overview, /`GET \/documents` lists \[documents\]/],
  ['page: Page number (default: 1)', overview, /^\| `page` \| page number \(default: 1\) \|$/m],
  [
    'limit: Results per page (default: 20, max: 100)',
    overview,
    /^\| `limit` \| results per page \(default: 20, max: 100\) \|$/m,
  ],
  [
    'category: Filter by category (optional)',
    overview,
    /^\| `category` \| filter by category \(optional\) \|$/m,
  ],
  ['status: Filter by status (optional)', overview, /^\| `status` \| filter by status \(optional\) \|$/m],
  ['Error Handling', overview, /^## Errors$/m],
  [
    'The API uses standard HTTP status codes and returns detailed error information',
    overview,
    /An error has an HTTP status, a `code` for programs, and `details`/,
  ],
  [
    'invalid_request: Missing or invalid parameters',
    overview,
    /^\| `invalid_request` \| missing or invalid parameters \|$/m,
  ],
  [
    'authentication_failed: Invalid credentials',
    overview,
    /^\| `authentication_failed` \| invalid credentials \|$/m,
  ],
  [
    'permission_denied: Insufficient permissions',
    overview,
    /^\| `permission_denied` \| insufficient permissions \|$/m,
  ],
  [
    "resource_not_found: Requested resource doesn't exist",
    overview,
    /^\| `resource_not_found` \| the requested resource does not exist \|$/m,
  ],
  ['rate_limit_exceeded: Too many requests', overview, /^\| `rate_limit_exceeded` \| too many requests \|$/m],
  ['Rate Limiting', overview, /^## Rate limiting$/m],
  [
    '100 requests per minute for standard API keys',
    overview,
    /A standard credential may send 100 requests a minute/,
  ],
  ['300 requests per minute for premium API keys', overview, /a premium one 300/],
  ['Rate limit headers are included in all responses', overview, /Every response reports the current state/],
  [
    'X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset',
    overview,
    /X-RateLimit-Limit: 100\nX-RateLimit-Remaining: 95\nX-RateLimit-Reset: 1621612345/,
  ],
  ['Webhooks', overview, /^## Webhooks$/m],
  ['Go to Admin > Developer > Webhooks', overview, /^1\. Open \*Admin > Developer > Webhooks\*\.$/m],
  ['Click "Add Webhook"', overview, /^2\. Choose \*\*Add Webhook\*\*\.$/m],
  ['Enter the destination URL', overview, /^3\. Enter the URL that the events are sent to\.$/m],
  ['Select events to subscribe to', overview, /^4\. Select the events\.$/m],
  [
    'Set a secret key for signature verification',
    overview,
    /^5\. Set a secret for the signatures, or leave it to the server\.$/m,
  ],
  [
    'Event Types',
    overview,
    /`user\.created`, `user\.updated`, `document\.created`, `document\.updated` and `document\.published`/,
  ],
  ['user.created: New user registration', 'webhooks', /^\| `user\.created` \| New user registration \|/m],
  ['user.updated: User profile update', 'webhooks', /^\| `user\.updated` \| User profile update \|/m],
  [
    'document.created: New document created',
    'webhooks',
    /^\| `document\.created` \| New document created \|/m,
  ],
  ['document.updated: Document updated', 'webhooks', /^\| `document\.updated` \| Document updated \|/m],
  [
    'document.published: Document published',
    'webhooks',
    /^\| `document\.published` \| Document published \|/m,
  ],
  [
    'Each webhook includes an X-Webhook-Signature header containing an HMAC-SHA256 signature',
    overview,
    /The `X-Webhook-Signature` header is an HMAC-SHA256 signature/,
  ],
  [
    'Verify this signature using your webhook secret to ensure the request is authentic',
    overview,
    /verify it with the secret to be sure that the request is authentic/,
  ],
  ['SDKs and Libraries', overview, /^## SDKs$/m],
  [
    'Official client libraries',
    overview,
    /\[client libraries\]\(sdks\.md\) for \[JavaScript and TypeScript\]\S+, \[Python\]\S+ and \[PHP\]/,
  ],
  ['API Versioning', overview, /^## Versioning$/m],
  ['The API uses versioning in the URL path (e.g., /api/v1/)', overview, /The version is in the path\./],
  [
    'When breaking changes are introduced, a new version will be released',
    overview,
    /breaking changes become a new version/,
  ],
  [
    'We maintain backward compatibility for at least 12 months after a new version is released',
    overview,
    /the old one is kept for at least 12 months/,
  ],
  ['Related Documentation', overview, /^## Related$/m],
  ['Support and Feedback', overview, /^## Support$/m],
  ['For API support', overview, /The administrators of this installation/],
  ['We welcome feedback and feature requests for the API', overview, /Feature requests are welcome/],
]

/** The JSON of its samples; the page leaves out the token and the mail addresses. */
const samples = {
  'an access token': {
    access_token: 'eyJhbGciOi…',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'read write',
  },
  'a list of users': {
    data: [
      {
        id: 1,
        username: 'johndoe',
        email: 'john@example.org',
        role: 'editor',
        status: 'active',
        created_at: '2023-01-15T08:30:00Z',
        last_login: '2023-05-20T14:22:10Z',
      },
    ],
    meta: { current_page: 1, total_pages: 5, total_count: 98 },
  },
  'a user': {
    id: 1,
    username: 'johndoe',
    email: 'john@example.org',
    role: 'editor',
    status: 'active',
    created_at: '2023-01-15T08:30:00Z',
    last_login: '2023-05-20T14:22:10Z',
    profile: {
      first_name: 'John',
      last_name: 'Doe',
      phone: '+1234567890',
      bio: 'System editor and content manager',
    },
  },
  'a created user': {
    id: 99,
    username: 'newuser',
    email: 'newuser@example.org',
    role: 'normal',
    status: 'active',
    created_at: '2023-05-21T10:15:30Z',
  },
  'a list of documents': {
    data: [
      {
        id: 1,
        title: 'Annual Report 2023',
        category: 'reports',
        status: 'published',
        created_at: '2023-03-15T08:30:00Z',
        updated_at: '2023-03-16T14:22:10Z',
        author_id: 5,
      },
    ],
    meta: { current_page: 1, total_pages: 8, total_count: 156 },
  },
  'an error': {
    error: {
      code: 'invalid_request',
      message: 'The request is missing a required parameter',
      details: "The 'email' field is required",
    },
  },
  'the payload of a webhook': {
    event: 'document.published',
    timestamp: '2023-05-21T15:32:10Z',
    data: {
      id: 42,
      title: 'New Policy Document',
      category: 'policies',
      status: 'published',
      author_id: 5,
    },
  },
}
/** The one body that the page sends as JSON. */
const newUser = {
  username: 'newuser',
  email: 'newuser@example.org',
  password: 'securepassword',
  role: 'normal',
  profile: { first_name: 'New', last_name: 'User' },
}

const guideFile = (name: string) => `docs/guides/${name}.md`
const textOf = (name: string) => readFileSync(join(import.meta.dirname, '../..', guideFile(name)), 'utf8')
const guides = ['overview', 'quick-start', 'users', 'documents', 'errors', 'webhooks']
const inGuides = guides.flatMap((name) => samplesOf(guideFile(name)))

suite('the guides say what the documentation page says', () => {
  test('every statement, in its order', () => {
    const text = textOf(overview)
    let from = 0
    for (const [statement, guide, words] of statements) {
      if (guide !== overview) {
        assert.match(textOf(guide), words, `'${statement}' is not in ${guide}`)
        continue
      }
      const found = words.exec(text.slice(from))
      assert.ok(found, `'${statement}' is not in the overview, or stands before what precedes it on the page`)
      from += found.index + found[0].length
    }
  })

  for (const [name, json] of Object.entries(samples)) {
    test(`the JSON of ${name}`, () => {
      const shown = inGuides.filter(({ language }) => language === 'json').map(({ text }) => JSON.parse(text))
      assert.ok(
        shown.some((other) => isDeepStrictEqual(other, json)),
        `No guide shows ${JSON.stringify(json)}.`,
      )
    })
  }

  test('the body that creates a user', () => {
    const sent = inGuides.flatMap(({ text }) =>
      [...text.matchAll(/-d '(\{.*?\})'/g)].map(([, body = '']) => body),
    )
    assert.ok(sent.some((body) => isDeepStrictEqual(JSON.parse(body), newUser)))
  })
})
