import { type Static, type TObject, Type } from 'typebox'
import { Growing, Id, Timestamp } from '../http/schemas.ts'

/**
 * Every event that a change can cause, with what its body carries: the one source of what `appendEvent` takes, of what
 * `GET /event-types` tells, and of what the tests hold every written event against.
 * The schemas are open: a field may be added within v1, so a receiver must not refuse one that it does not know.
 */
const UserData = Type.Object({
  id: Id,
  username: Type.String(),
  email: Type.String(),
  role: Growing(['admin', 'developer', 'editor', 'normal']),
  status: Growing(['active', 'inactive', 'suspended']),
})
const DocumentData = Type.Object({
  id: Id,
  title: Type.String(),
  category: Type.String(),
  status: Growing(['draft', 'published', 'archived']),
  author_id: Id,
})

const PingData = Type.Object({ id: Id })

const user: Static<typeof UserData> = {
  id: 99,
  username: 'newuser',
  email: 'newuser@example.org',
  role: 'normal',
  status: 'active',
}
const document: Static<typeof DocumentData> = {
  id: 42,
  title: 'New Policy Document',
  category: 'policies',
  status: 'draft',
  author_id: 5,
}

export const eventTypes = {
  // The documentation page's, in its words.
  'user.created': type('New user registration', UserData, user),
  'user.updated': type('User profile update', UserData, { ...user, role: 'editor' }),
  'document.created': type('New document created', DocumentData, document),
  'document.updated': type('Document updated', DocumentData, { ...document, status: 'published' }),
  'document.published': type('Document published', DocumentData, { ...document, status: 'published' }),
  'user.deleted': type('User deleted; the data is what it was before', UserData, user),
  'document.deleted': type('Document deleted; the data is what it was before', DocumentData, document),
  ping: type('A test of a webhook, sent to it alone; the data names the webhook', PingData, { id: 7 }),
}

export type EventType = keyof typeof eventTypes
export type EventData<T extends EventType> = Static<(typeof eventTypes)[T]['data']>

export const eventTypeNames = Object.keys(eventTypes) as EventType[]

export type SubscribableType = Exclude<EventType, 'ping'>
/** What a webhook can subscribe to. */
export const subscribableTypes = eventTypeNames.filter((name): name is SubscribableType => name !== 'ping')

export const resourceTypes = ['user', 'document', 'webhook'] as const

/** What the `id` in the data of an event is the id of. */
export function resourceTypeOf(type: EventType): (typeof resourceTypes)[number] {
  if (type === 'ping') return 'webhook'
  return type.startsWith('user.') ? 'user' : 'document'
}

export interface EventBody<T extends EventType = EventType> {
  event: T
  /** When it happened. */
  timestamp: string
  data: EventData<T>
}

/** The JSON Schema of what a webhook receives. */
export function bodySchema(name: EventType) {
  const { description, data } = eventTypes[name]
  const { required, properties } = Type.Object({ event: Type.Literal(name), timestamp: Timestamp, data })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    description,
    type: 'object',
    required,
    properties,
  }
}

export function exampleBody(name: EventType): EventBody {
  return { event: name, timestamp: '2023-05-21T15:32:10Z', data: eventTypes[name].example }
}

function type<Data extends TObject>(description: string, data: Data, example: Static<Data>) {
  return { description, data, example }
}
