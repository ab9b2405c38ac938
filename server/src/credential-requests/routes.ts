import { sendTagged, type Tagged } from '../api/conditional.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { CredentialWithSecret } from '../credentials/schema.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import type { WriteResponse } from '../http/written.ts'
import { collected, guestRequestRoutes } from './guest-routes.ts'
import * as schema from './schema.ts'
import * as requests from './service.ts'

const tags = ['Credential requests']
const path = '/api/v1/credential-requests'

/** People ask for credentials, administrators decide, and the secret is shown to the requester alone. */
export function credentialRequestRoutes(app: App, context: Context): void {
  reading(app, context)
  asking(app, context)
  finishing(app, context)
  deciding(app, context)
  guestRequestRoutes(app, context)
}

const shown = ({ etag, resource }: Tagged<object>): WriteResponse => ({
  status: 200,
  headers: { etag },
  body: resource,
})

function reading(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: path,
    config: { access: 'signed-in', sdk: 'credentialRequests.list' },
    schema: {
      operationId: 'listCredentialRequests',
      summary: 'List requests for credentials, newest first',
      description:
        'Administrators see all of them, other people their own; programs without `admin` see none. Finished requests are removed after 90 days.',
      tags,
      querystring: schema.CredentialRequestQuery,
      response: { 200: schema.CredentialRequestPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.requestSorts)
      const listed = await requests.listRequests(context, request.actor(), request.query, list)
      return sendList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'GET',
    url: `${path}/:id`,
    config: { access: 'signed-in', sdk: 'credentialRequests.get', tagged: true },
    schema: {
      operationId: 'getCredentialRequest',
      summary: 'Get a request for a credential',
      tags,
      params: IdParams,
      response: { 200: schema.CredentialRequest },
    },
    handler: async (request, reply) =>
      sendTagged(reply, await requests.record.get(context, request.actor(), request.params.id)),
  })
}

function asking(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: path,
    config: {
      access: 'person',
      sdk: 'credentialRequests.create',
      idempotencyKey: true,
      tagged: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'createCredentialRequest',
      summary: 'Request a credential',
      description:
        'An administrator decides. A person of any role can have 5 open requests.\n\nOpen are those that are pending, or approved and not collected.',
      tags,
      body: schema.CredentialRequestCreate,
      response: { 201: schema.CredentialRequest },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => requests.createRequest(context, request.actor(), request.body),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `${path}/${resource.id}`, etag },
          body: resource,
        }),
      ),
  })
}

function finishing(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: `${path}/:id/withdraw`,
    config: {
      access: 'person',
      sdk: 'credentialRequests.withdraw',
      idempotencyKey: true,
      tagged: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'withdrawCredentialRequest',
      summary: 'Withdraw a request for a credential',
      description: 'Only the requester can withdraw it, until the secret is collected.',
      tags,
      params: IdParams,
      response: { 200: schema.CredentialRequest },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => requests.withdrawRequest(context, request.actor(), request.params.id),
        shown,
      ),
  })

  app.route({
    method: 'POST',
    url: `${path}/:id/collect`,
    config: {
      access: 'person',
      sdk: 'credentialRequests.collect',
      confirm: true,
      confidential: true,
      idempotencyKey: true,
      tagged: true,
      showsSecret: 'credential',
      errors: ['conflict'],
    },
    schema: {
      operationId: 'collectCredential',
      summary: 'Collect the credential of an approved request',
      description:
        'Creates the credential. The secret is shown in this response only, and only to the requester. An approval expires after 14 days.',
      tags,
      params: IdParams,
      response: { 201: CredentialWithSecret },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => requests.collectRequest(context, request.actor(), request.params.id),
        collected,
      ),
  })
}

function deciding(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: `${path}/:id/approve`,
    config: {
      access: 'admin',
      sdk: 'credentialRequests.approve',
      confirm: true,
      idempotencyKey: true,
      tagged: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'approveCredentialRequest',
      summary: 'Approve a request for a credential',
      description:
        "Grants the requested scopes, or fewer. The requester collects the secret. An approval can be changed or refused until then.\n\nIf the credential will belong to somebody other than the requester, the rules of the requester's role apply to it, unless `rules` says otherwise.",
      tags,
      params: IdParams,
      body: schema.CredentialRequestApprove,
      response: { 200: schema.CredentialRequest },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => requests.approveRequest(context, request.actor(), request.params.id, request.body),
        shown,
      ),
  })

  app.route({
    method: 'POST',
    url: `${path}/:id/refuse`,
    config: {
      access: 'admin',
      sdk: 'credentialRequests.refuse',
      idempotencyKey: true,
      tagged: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'refuseCredentialRequest',
      summary: 'Refuse a request for a credential',
      description: 'The message says why, and is shown to the requester.',
      tags,
      params: IdParams,
      body: schema.CredentialRequestRefuse,
      response: { 200: schema.CredentialRequest },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => requests.refuseRequest(context, request.actor(), request.params.id, request.body.message),
        shown,
      ),
  })
}
