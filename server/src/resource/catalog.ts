import type { EventType } from '../events/types.ts'
import type { Resource } from './resource.ts'

/** What the resources name, in one place: lists that schemas, guides and clients are made from. */
export interface Catalog {
  resources: readonly Resource[]
  /** By name. */
  eventTypes: ReadonlyMap<string, EventType>
  auditActions: readonly string[]
  /** Groups of calls in the description. */
  tags: readonly { name: string; description: string }[]
}

/** @param more what is told of beside the resources: of sessions, of signing keys, of tests */
export function catalogOf(
  resources: readonly Resource[],
  more: { eventTypes: readonly EventType[]; auditActions: readonly string[] },
): Catalog {
  const eventTypes = [...resources.flatMap(({ events }) => events), ...more.eventTypes]
  return {
    resources,
    eventTypes: new Map(eventTypes.map((type) => [type.name, type])),
    tags: resources.map(({ tag }) => tag),
    auditActions: [...resources.flatMap(({ auditActions }) => auditActions), ...more.auditActions],
  }
}
