import { extension, Type } from 'comserv-server/extension'

const Person = Type.Integer({ minimum: 1 })
const Nobody = Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 1 })
const Text = Type.String({ maxLength: 100 })

export default extension({
  name: 'shop',
  about: 'Holds what belongs to people',
  resources: [
    {
      name: 'order',
      plural: 'orders',
      fields: { number: Text, customer: Person, address: Text },
      unique: ['number'],
      told: { number: 'A-1', address: 'Street 1' },
      people: { customer: 'delete' },
    },
    {
      name: 'ticket',
      plural: 'tickets',
      fields: {
        title: Text,
        reporter: Nobody,
        reporter_name: Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 100 }),
        words: Type.String({ maxLength: 100, default: 'none' }),
        owner_id: Nobody,
      },
      told: { title: 'It is broken', reporter_name: 'Ada' },
      people: { reporter: { empties: ['reporter_name', 'words'] } },
    },
    { name: 'vote', plural: 'votes', fields: { user_id: Person, of: Text } },
  ],
  migrations: {
    '001-tables': async (schema) => {
      await schema.createTable(
        'orders',
        { number: 'text', customer: 'integer', address: 'text' },
        { unique: ['number'] },
      )
      await schema.createTable('tickets', {
        title: 'text',
        reporter: 'integer null',
        reporter_name: 'text null',
        words: 'text',
        owner_id: 'integer null',
      })
      await schema.createTable('votes', { user_id: 'integer', of: 'text' })
    },
  },
})
