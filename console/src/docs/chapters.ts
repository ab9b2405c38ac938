/** A place of the navigation that is not a guide. */
export interface Place {
  title: string
  to: string
}

export interface Chapter {
  label: string
  /** Guides by file name, and other places. */
  entries: readonly (string | Place)[]
}

/** Every section and endpoint on one page. */
export const contentsPath = '/docs/contents'

/**
 * The order of the documentation, which is that of the page that the product implements: overview, authentication,
 * endpoints, errors, rate limiting, webhooks, SDKs, versioning, related, support. A guide that is missing here fails the
 * build.
 */
export const chapters: readonly Chapter[] = [
  { label: 'Overview', entries: ['overview', 'quick-start'] },
  {
    label: 'Authentication',
    entries: [
      'authentication',
      'single-page-app',
      'command-line',
      'assistants',
      'signing-in',
      'narrowing',
      'browsers',
    ],
  },
  {
    label: 'Endpoints',
    entries: [
      { title: 'API reference', to: '/docs/reference' },
      'users',
      'documents',
      'events',
      'lists',
      'idempotency-and-concurrency',
      'bulk',
    ],
  },
  { label: 'Errors and limits', entries: ['errors', 'rate-limits', 'request-log'] },
  { label: 'Webhooks', entries: ['webhooks', 'hooks', 'automations', 'extensions'] },
  {
    label: 'SDKs and versions',
    entries: ['sdks', 'sdk-javascript', 'sdk-python', 'sdk-php', 'versions', 'changelog'],
  },
  {
    label: 'Related: running a server',
    entries: [
      'self-hosting',
      'moving',
      'site-password',
      'configuration',
      'mail',
      'backup',
      'personal-data',
      'metrics',
      'audit-log',
      'signing-keys',
      'security',
    ],
  },
  {
    label: 'Support',
    entries: [
      { title: 'Get help', to: '/#support' },
      { title: 'Contents', to: contentsPath },
    ],
  },
]

/** Where a guide is shown. The overview is the home of the documentation. */
export function pathOf(guide: string): string {
  return guide === 'overview' ? '/' : `/docs/${guide}`
}
