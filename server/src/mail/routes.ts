import { sendTagged } from '../api/conditional.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { Mail, MailListQuery, MailPage, mailSorts } from './schema.ts'
import * as mails from './service.ts'

const tags = ['Mail']

/** The log of mail, for administrators: it shows email addresses of everybody. Never a link, nor its secret. */
export function mailRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/mails',
    config: { access: 'admin', sdk: 'mails.list' },
    schema: {
      operationId: 'listMails',
      summary: 'List mail that was or will be sent, newest first',
      description:
        'The log of mail, without the links in it. Mail is written with the change that it is about, retried with the schedule of webhooks, and kept for the days of COMSERV_MAIL_RETENTION_DAYS.',
      tags,
      querystring: MailListQuery,
      response: { 200: MailPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, mailSorts)
      return sendList(request, reply, list, await mails.listMails(context, request.query, list))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/mails/:id',
    config: { access: 'admin', sdk: 'mails.get', tagged: true },
    schema: {
      operationId: 'getMail',
      summary: 'Get a mail of the log',
      tags,
      params: IdParams,
      response: { 200: Mail },
    },
    handler: async (request, reply) => sendTagged(reply, await mails.getMail(context, request.params.id)),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/mails/:id/resend',
    config: { access: 'admin', sdk: 'mails.resend', idempotencyKey: true, errors: ['conflict'] },
    schema: {
      operationId: 'resendMail',
      summary: 'Resend a mail',
      description:
        'A mail that waits for its next attempt is attempted now. One that was sent or has failed is sent again as another mail, to the present address of the user; a link in it is replaced by another one, and the former link no longer works.',
      tags,
      params: IdParams,
      response: { 202: Mail },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        async () => mails.resendMail(context, request.actor(), request.params.id),
        (mail) => ({ status: 202, headers: { location: `/api/v1/mails/${mail.id}` }, body: mail }),
      ),
  })
}
