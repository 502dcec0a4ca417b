// Reads one case as JSON per line on standard input and writes one line for each. Only the vendor's library judges a
// delivery (`verify`) or signs one (`sign`).
//
//   {"library", "verify": {"secret", "method", "url", "headers": [[name, value], …], "body_base64"}}
//     → {"valid": true|false, "error"}
//   {"library", "sign": {"secret", "url", "body_base64"}} → {"headers": [[name, value], …]}
//   {"keys": "ed25519"|"p256"} → {"private": PKCS#8 PEM, "spki": base64, "raw": hex}

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { parse } from 'node:querystring'
import { createInterface } from 'node:readline'

import * as line from '@line/bot-sdk'
import { LinearWebhookClient } from '@linear/sdk/webhooks'
import { signWebhookPayload, verifyWebhookSignature } from '@notionhq/client'
import { Webhooks } from '@octokit/webhooks'
import { EventWebhook } from '@sendgrid/eventwebhook'
import { AwsLambdaReceiver } from '@zoom/rivet/chatbot'
import { Crisp } from 'crisp-api'
import { verifyKey } from 'discord-interactions'
import { Bot, webhookCallback } from 'grammy'
import Razorpay from 'razorpay'
import Retell from 'retell-sdk'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import twilio from 'twilio'
import { WhatsAppAPI } from 'whatsapp-api-js'

// Standard output carries the protocol; libraries log there.
for (const name of ['debug', 'info', 'log']) console[name] = () => {}

const standardWebhooks = (Webhook, prefix) => ({
  // Throws when the delivery is not valid.
  verify({ secret, headers, text }) {
    new Webhook(secret).verify(text, headers)
    return true
  },
  sign({ secret, text }) {
    const id = `msg_${randomUUID()}`
    const at = new Date()
    return {
      [`${prefix}-id`]: id,
      [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
      [`${prefix}-signature`]: new Webhook(secret).sign(id, at, text),
    }
  },
})

const libraries = {
  'crisp-api': {
    verify: ({ secret, headers, text }) =>
      new Crisp().verifyWidget(
        secret,
        JSON.parse(text),
        headers['x-crisp-request-timestamp'],
        headers['x-crisp-signature'],
      ),
  },
  'discord-interactions': {
    verify: ({ secret, headers, body }) =>
      verifyKey(body, headers['x-signature-ed25519'], headers['x-signature-timestamp'], secret),
  },
  grammy: {
    async verify({ secret, method, url, headers, text }) {
      const botInfo = { id: 1, is_bot: true, first_name: 'bot', username: 'bot' }
      const callback = webhookCallback(new Bot('1:token', { botInfo }), 'std/http', {
        secretToken: secret,
      })
      const response = await callback(new Request(url, { method, headers, body: text }))
      return response.status === 200
    },
  },
  '@line/bot-sdk': {
    verify: ({ secret, headers, body }) =>
      line.validateSignature(body, secret, headers['x-line-signature'] ?? ''),
  },
  '@linear/sdk': {
    verify: ({ secret, headers, body }) =>
      new LinearWebhookClient(secret).verify(body, headers['linear-signature'] ?? ''),
  },
  '@notionhq/client': {
    verify: ({ secret, headers, body }) =>
      verifyWebhookSignature({
        body,
        signature: headers['x-notion-signature'],
        verificationToken: secret,
      }),
    sign: async ({ secret, body }) => ({
      'x-notion-signature': await signWebhookPayload({ body, verificationToken: secret }),
    }),
  },
  '@octokit/webhooks': {
    verify: ({ secret, headers, text }) =>
      new Webhooks({ secret }).verify(text, headers['x-hub-signature-256']),
    sign: async ({ secret, text }) => ({
      'x-github-event': 'ping',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': await new Webhooks({ secret }).sign(text),
    }),
  },
  razorpay: {
    verify: ({ secret, headers, text }) =>
      Razorpay.validateWebhookSignature(text, headers['x-razorpay-signature'], secret),
  },
  'retell-sdk': {
    verify: ({ secret, headers, text }) =>
      Retell.verify(text, secret, headers['x-retell-signature'] ?? ''),
    sign: async ({ secret, text }) => ({ 'x-retell-signature': await Retell.sign(text, secret) }),
  },
  '@sendgrid/eventwebhook': {
    verify({ secret, headers, body }) {
      const judge = new EventWebhook()
      return judge.verifySignature(
        judge.convertPublicKeyToECDSA(secret),
        body,
        headers['x-twilio-email-event-webhook-signature'],
        headers['x-twilio-email-event-webhook-timestamp'],
      )
    },
  },
  standardwebhooks: standardWebhooks(StandardWebhook, 'webhook'),
  stripe: {
    // Throws when the delivery is not valid.
    verify({ secret, headers, body }) {
      Stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret)
      return true
    },
    sign: ({ secret, text }) => ({
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: text, secret }),
    }),
  },
  svix: standardWebhooks(SvixWebhook, 'svix'),
  twilio: {
    verify({ secret, headers, url, text }) {
      const signature = headers['x-twilio-signature']
      return url.includes('bodySHA256=')
        ? twilio.validateRequestWithBody(secret, signature, url, text)
        : twilio.validateRequest(secret, signature, url, parse(text))
    },
    sign({ secret, url, text }) {
      const parameters = url.includes('bodySHA256=') ? {} : parse(text)
      return { 'x-twilio-signature': twilio.getExpectedTwilioSignature(secret, url, parameters) }
    },
  },
  'whatsapp-api-js': {
    verify: ({ secret, headers, text }) =>
      new WhatsAppAPI({ token: 'token', appSecret: secret, v: 'v24.0' }).verifyRequestSignature(
        text,
        headers['x-hub-signature-256'] ?? '',
      ),
  },
  '@zoom/rivet': {
    // Its receiver for a function as a service takes a request as a value.
    async verify({ secret, headers, text }) {
      const receiver = new AwsLambdaReceiver({ webhooksSecretToken: secret })
      const response = await receiver.start()({ body: text, headers, isBase64Encoded: false }, {})
      return response.statusCode === 200
    },
  },
}

/** The body as bytes and as text, and headers by their names, without those that are given twice. */
const opened = (request) => {
  const body = Buffer.from(request.body_base64, 'base64')
  const headers = Object.fromEntries(
    (request.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]),
  )
  return { ...request, body, text: body.toString('utf8'), headers }
}

const keys = (kind) => {
  const pair =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' })
  return {
    private: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    spki: spki.toString('base64'),
    // The last 32 bytes of an Ed25519 key's SPKI are the key.
    raw: spki.subarray(-32).toString('hex'),
  }
}

const answered = async (asked) => {
  if (asked.keys) return keys(asked.keys)
  const library = libraries[asked.library]
  if (!library) throw new Error(`there is no library ${asked.library}`)
  if (asked.sign) return { headers: Object.entries(await library.sign(opened(asked.sign))) }
  try {
    const valid = await library.verify(opened(asked.verify))
    if (typeof valid !== 'boolean') throw new Error(`${asked.library} says ${valid}`)
    return { valid }
  } catch (error) {
    // How most libraries say that a delivery is not valid.
    return { valid: false, error: String(error) }
  }
}

for await (const asked of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await answered(JSON.parse(asked)))}\n`)
}
