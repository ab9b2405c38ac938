import { extension, Type } from 'comserv-server/extension'

const invoices = {
  name: 'invoice',
  plural: 'invoices',
  about: 'What customers owe',
  fields: {
    number: Type.String({ minLength: 1, maxLength: 40, description: 'Unique among all invoices.' }),
    customer: Type.String({ minLength: 1, maxLength: 200 }),
    amount_cents: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
    due_on: Type.String({ format: 'date', examples: ['2026-03-31'] }),
    status: Type.String({ enum: ['open', 'paid', 'cancelled'], default: 'open' }),
  },
  unique: ['number'],
  filters: ['number', 'status'],
  told: { number: 'R-001', status: 'open' },
  labels: {
    en: { fields: { amount_cents: 'Amount in cents', due_on: 'Due on' } },
    de: {
      one: 'Rechnung',
      many: 'Rechnungen',
      about: 'Was Kunden schulden',
      fields: {
        number: 'Nummer',
        customer: 'Kunde',
        amount_cents: 'Betrag in Cent',
        due_on: 'Fällig am',
        status: 'Status',
      },
      hints: { number: 'Jede Nummer gibt es nur einmal.' },
      values: { status: { open: 'offen', paid: 'bezahlt', cancelled: 'storniert' } },
    },
  },
} as const

export default extension({
  name: 'invoices',
  about: 'Invoices: what customers owe, until when',
  resources: [invoices],

  migrations: {
    '001-invoices': (schema) =>
      schema.createTable(
        'invoices',
        { number: 'text', customer: 'text', amount_cents: 'integer', due_on: 'text', status: 'text' },
        { unique: ['number'], filters: ['status'] },
      ),
  },

  before: {
    'x.invoices.invoice.update'({ record, input, refuse }) {
      if (record.status !== 'paid') return
      if (Object.keys(input).length > 0) refuse(`The invoice ${record.number} is paid and cannot be changed.`)
    },
    'x.invoices.invoice.delete'({ record, refuse }) {
      if (record.status !== 'cancelled') refuse('Only a cancelled invoice can be deleted.')
    },
  },

  routes(app) {
    const query = Type.Object(
      { on: Type.String({ format: 'date', description: 'The day to compare with' }) },
      { additionalProperties: false },
    )
    app.get(
      '/overdue',
      { access: 'x.invoices.read', summary: 'Get what is overdue', query },
      async ({ query, api }) => {
        const overdue: { number: string; amount_cents: number }[] = []
        let cursor: string | undefined
        do {
          const page = await api.get('/api/v1/x/invoices/invoices', {
            status: 'open',
            limit: 100,
            ...(cursor === undefined ? {} : { cursor }),
          })
          overdue.push(...page.data.filter((one: { due_on: string }) => one.due_on < query.on))
          cursor = page.meta.next_cursor ?? undefined
        } while (cursor !== undefined)
        const total_cents = overdue.reduce((sum, { amount_cents }) => sum + amount_cents, 0)
        return { count: overdue.length, total_cents, numbers: overdue.map(({ number }) => number) }
      },
    )
  },
})
