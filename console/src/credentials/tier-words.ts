import type { Catalog } from 'comserv'
import { labelOf } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'

/** `Standard: 100 requests a minute`, by the server's settings. */
export function tierWords({ name, requests_per_minute: limit }: Catalog['tiers'][number]): string {
  return t('{{label}}: {{count}} requests a minute', { label: labelOf(name), count: limit })
}
