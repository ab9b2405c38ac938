import type { EventType } from '../events/types.ts'
import type { Resource } from './resource.ts'

/** What the resources declare, collected for schemas, guides and clients. */
export interface Catalog {
  resources: readonly Resource[]
  /** By name. */
  eventTypes: ReadonlyMap<string, EventType>
  auditActions: readonly string[]
  /** Groups of operations in the OpenAPI document. */
  tags: readonly { name: string; description: string }[]
}

/** @param more declared outside of resources: by sessions, signing keys, tests */
export function catalogOf(
  resources: readonly Resource[],
  more: {
    eventTypes: readonly EventType[]
    auditActions: readonly string[]
    tags?: Catalog['tags']
  },
): Catalog {
  const eventTypes = [...resources.flatMap(({ events }) => events), ...more.eventTypes]
  return {
    resources,
    eventTypes: new Map(eventTypes.map((type) => [type.name, type])),
    tags: [...resources.map(({ tag }) => tag), ...(more.tags ?? [])],
    auditActions: [...resources.flatMap(({ auditActions }) => auditActions), ...more.auditActions],
  }
}
