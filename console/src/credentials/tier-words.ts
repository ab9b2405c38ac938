import type { Catalog } from 'comserv'
import { labelOf } from '../catalog/use-catalog.ts'
import { counted } from '../parts/counted.ts'

/** `Standard: 100 requests a minute`, by the server's settings. */
export function tierWords({ name, requests_per_minute: limit }: Catalog['tiers'][number]): string {
  return `${labelOf(name)}: ${counted(limit, 'request')} a minute`
}
