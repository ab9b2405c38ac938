import { notFound } from '../api/errors.ts'
import { listQuery, listRequest, sendList } from '../api/paging.ts'
import { closed, IdParams, Nothing } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { withdraw } from './authorize.ts'
import { applicationsOf, claimsFor } from './my-service.ts'
import { AuthorizedApplicationPage, authorizedSorts } from './schema.ts'

const formType = 'application/x-www-form-urlencoded'

/** What people see of the applications that act for them, and what those see of the people. */
export function myApplicationRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/me/applications',
    config: { access: 'person', sdk: 'me.applications' },
    schema: {
      operationId: 'listMyApplications',
      summary: 'List the applications that may act for you',
      tags: ['Me'],
      querystring: closed(listQuery(authorizedSorts)),
      response: { 200: AuthorizedApplicationPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, authorizedSorts)
      return sendList(request, reply, list, await applicationsOf(context, request.person().id, list))
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/v1/me/applications/:id',
    config: { access: 'person', sdk: 'me.endApplication' },
    schema: {
      operationId: 'endMyApplication',
      summary: 'End the access of an application',
      description: 'Its tokens end at once. It has to ask you again before it can act for you.',
      tags: ['Me'],
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      if (!(await withdraw(context, request.actor(), request.params.id)))
        throw notFound('application', request.params.id)
      return reply.code(204).send()
    },
  })
  userInfoRoutes(app, context)
}

function userInfoRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/userinfo',
    config: { access: 'signed-in', sdk: 'oauth.userInfo' },
    schema: {
      operationId: 'getUserInfo',
      summary: 'Get who the caller is (OpenID Connect)',
      description:
        'For an application, the response holds what the scopes of its token allow: `openid` is required, `profile` adds the username and the role, `email` the address. For a credential, it holds the client id.',
      tags: ['OAuth'],
      response: { 200: UserInfo },
    },
    handler: (request) => claimsFor(context, request.principal()),
  })
  // Some clients ask by POST (OpenID Connect Core §5.3.1), with an empty form.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, body: string) => body)
    const posting = scope as App
    posting.route({
      method: 'POST',
      url: '/api/v1/userinfo',
      config: { access: 'signed-in', bodyTypes: [formType] },
      schema: { hide: true, response: { 200: UserInfo } },
      handler: (request) => claimsFor(context, request.principal()),
    })
  })
}

const UserInfo = closed(
  {
    sub: Type.String({
      description:
        'The person, by a name that never changes and is the same for every application; or the client id',
    }),
    preferred_username: Type.Optional(Type.String()),
    roles: Type.Optional(Type.Array(Type.String())),
    email: Type.Optional(Type.String()),
  },
  { title: 'UserInfo' },
)
