/** The groups of calls, in the order in which a reader meets them. */
export const tags = [
  { name: 'OAuth', description: 'Access tokens for programs: OAuth 2.0 client credentials' },
  { name: 'Users', description: 'The people of the organisation' },
  { name: 'Documents', description: 'Texts with a status, revisions and a time at which they are published' },
  { name: 'Webhooks', description: 'Where events are sent, and what became of each delivery' },
  { name: 'Events', description: 'The log of everything that changed, and the types of events' },
  { name: 'Credentials', description: 'API keys and OAuth clients, with their scopes and their usage' },
  { name: 'Audit log', description: 'Who changed what, and when' },
  { name: 'Sessions', description: 'Signing in as a person, by a cookie' },
  { name: 'Me', description: 'The profile, the password and the sessions of whoever is signed in' },
  { name: 'Setup', description: 'The first administrator' },
  { name: 'Operations', description: 'Health, metrics, and this description' },
]
