_cz__hook() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="cz__hook"
                ;;
            cz__hook,completions)
                cmd="cz__hook__subcmd__completions"
                ;;
            cz__hook,config)
                cmd="cz__hook__subcmd__config"
                ;;
            cz__hook,demo)
                cmd="cz__hook__subcmd__demo"
                ;;
            cz__hook,doctor)
                cmd="cz__hook__subcmd__doctor"
                ;;
            cz__hook,events)
                cmd="cz__hook__subcmd__events"
                ;;
            cz__hook,explain)
                cmd="cz__hook__subcmd__explain"
                ;;
            cz__hook,init)
                cmd="cz__hook__subcmd__init"
                ;;
            cz__hook,inspect)
                cmd="cz__hook__subcmd__inspect"
                ;;
            cz__hook,learn)
                cmd="cz__hook__subcmd__learn"
                ;;
            cz__hook,listen)
                cmd="cz__hook__subcmd__listen"
                ;;
            cz__hook,providers)
                cmd="cz__hook__subcmd__providers"
                ;;
            cz__hook,replay)
                cmd="cz__hook__subcmd__replay"
                ;;
            cz__hook,send)
                cmd="cz__hook__subcmd__send"
                ;;
            cz__hook,sign)
                cmd="cz__hook__subcmd__sign"
                ;;
            cz__hook,snippet)
                cmd="cz__hook__subcmd__snippet"
                ;;
            cz__hook,test)
                cmd="cz__hook__subcmd__test"
                ;;
            cz__hook,trust)
                cmd="cz__hook__subcmd__trust"
                ;;
            cz__hook,ui)
                cmd="cz__hook__subcmd__ui"
                ;;
            cz__hook,verify)
                cmd="cz__hook__subcmd__verify"
                ;;
            cz__hook__subcmd__events,list)
                cmd="cz__hook__subcmd__events__subcmd__list"
                ;;
            cz__hook__subcmd__events,schema)
                cmd="cz__hook__subcmd__events__subcmd__schema"
                ;;
            cz__hook__subcmd__events,show)
                cmd="cz__hook__subcmd__events__subcmd__show"
                ;;
            cz__hook__subcmd__events,types)
                cmd="cz__hook__subcmd__events__subcmd__types"
                ;;
            cz__hook__subcmd__events,validate)
                cmd="cz__hook__subcmd__events__subcmd__validate"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        cz__hook)
            opts="-v -q -h -V --profile --config --no-config --color --verbose --quiet --help --version sign send verify listen inspect ui replay learn test events providers snippet demo explain doctor config init trust completions"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__completions)
            opts="-v -q -h --profile --config --no-config --color --verbose --quiet --help bash elvish fish powershell zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__config)
            opts="-v -q -h --check --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__demo)
            opts="-v -q -h --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__doctor)
            opts="-v -q -h --url --port --timeout --insecure --cacert --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --port)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__events)
            opts="-v -q -h --json --profile --config --no-config --color --verbose --quiet --help list show schema types validate"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__events__subcmd__list)
            opts="-v -q -h --provider --search --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --search)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__events__subcmd__schema)
            opts="-v -q -h --provider --json --profile --config --no-config --color --verbose --quiet --help /weather ADD_MESSAGE APPLICATION_AUTHORIZED APPLICATION_DEAUTHORIZED AUTHORISATION BILLING.SUBSCRIPTION.ACTIVATED BOOKING_CANCELLED BOOKING_CREATED BOOKING_RESCHEDULED Bounce CAPTURE CHECKOUT.ORDER.APPROVED Comment.create Delivery ENTITLEMENT_CREATE ENTITLEMENT_DELETE Issue.create Issue.update LIVE_CHAT_INITIATED PAYMENT.CAPTURE.COMPLETED REFUND SpamComplaint app/uninstalled app_mention batch.completed bounce call_analyzed call_ended call_initiation_failure call_started callback_query channel.follow channel.subscribe charge.completed charge.success chat:end chat:start chat:transcript_created checkout.session.completed comment.created comment_created completed contact.created contact.creation contact.deletion contact.propertyChange conversation.ended conversation.operator_replied conversation.started conversation.user.created conversation.user.replied conversation_created conversation_reopen conversation_resolution conversation_started conversation_status_changed created customer.created customer.subscription.deleted customer.subscription.updated deal.creation deleted delivered deployment.created deployment.error deployment.succeeded edited_message email.delivered end-of-call-report escalation.triggered failed feedback.submitted follow form_response incident.acknowledged incident.resolved incident.triggered invitee.canceled invitee.created invoice.paid invoice.payment_failed issue issue_comment.created issues.opened jira:issue_created jira:issue_updated lead.submit leads.submit list_folder meeting.ended meeting.participant_joined meeting.started memberships.created merge_request message message.received message.sent message:received message:send message_create message_created messages messages.created messages.deleted newMessage open opened order.paid orders/create orders/paid page.content_updated page.created payment.captured payment.created payment.failed payment.updated payment_intent.succeeded ping post_call_audio post_call_transcription postback processed products/update project.created pull_request.opened pullrequest:created pullrequest:fulfilled push reaction_added read received repo:push response.completed ringing session.created session.status_idled session.status_run_started status-update statuses story.added stream.online subscribed subscription.create subscription.created task.added task.changed ticket:create tool-calls transaction.completed transfer.completed transfer.success unfollow unsubscribed updateCard updated user.created vault_credential.refresh_failed voteOnCard zen:event-type:ticket.comment_added zen:event-type:ticket.created zen:event-type:ticket.status_changed"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__events__subcmd__show)
            opts="-v -q -h --provider --channel --json --profile --config --no-config --color --verbose --quiet --help /weather ADD_MESSAGE APPLICATION_AUTHORIZED APPLICATION_DEAUTHORIZED AUTHORISATION BILLING.SUBSCRIPTION.ACTIVATED BOOKING_CANCELLED BOOKING_CREATED BOOKING_RESCHEDULED Bounce CAPTURE CHECKOUT.ORDER.APPROVED Comment.create Delivery ENTITLEMENT_CREATE ENTITLEMENT_DELETE Issue.create Issue.update LIVE_CHAT_INITIATED PAYMENT.CAPTURE.COMPLETED REFUND SpamComplaint app/uninstalled app_mention batch.completed bounce call_analyzed call_ended call_initiation_failure call_started callback_query channel.follow channel.subscribe charge.completed charge.success chat:end chat:start chat:transcript_created checkout.session.completed comment.created comment_created completed contact.created contact.creation contact.deletion contact.propertyChange conversation.ended conversation.operator_replied conversation.started conversation.user.created conversation.user.replied conversation_created conversation_reopen conversation_resolution conversation_started conversation_status_changed created customer.created customer.subscription.deleted customer.subscription.updated deal.creation deleted delivered deployment.created deployment.error deployment.succeeded edited_message email.delivered end-of-call-report escalation.triggered failed feedback.submitted follow form_response incident.acknowledged incident.resolved incident.triggered invitee.canceled invitee.created invoice.paid invoice.payment_failed issue issue_comment.created issues.opened jira:issue_created jira:issue_updated lead.submit leads.submit list_folder meeting.ended meeting.participant_joined meeting.started memberships.created merge_request message message.received message.sent message:received message:send message_create message_created messages messages.created messages.deleted newMessage open opened order.paid orders/create orders/paid page.content_updated page.created payment.captured payment.created payment.failed payment.updated payment_intent.succeeded ping post_call_audio post_call_transcription postback processed products/update project.created pull_request.opened pullrequest:created pullrequest:fulfilled push reaction_added read received repo:push response.completed ringing session.created session.status_idled session.status_run_started status-update statuses story.added stream.online subscribed subscription.create subscription.created task.added task.changed ticket:create tool-calls transaction.completed transfer.completed transfer.success unfollow unsubscribed updateCard updated user.created vault_credential.refresh_failed voteOnCard zen:event-type:ticket.comment_added zen:event-type:ticket.created zen:event-type:ticket.status_changed"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --channel)
                    COMPREPLY=($(compgen -W "email facebook instagram telegram web whatsapp" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__events__subcmd__types)
            opts="-v -q -h --lang --provider --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --lang)
                    COMPREPLY=($(compgen -W "typescript python go rust zod jsonschema" -- "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__events__subcmd__validate)
            opts="-v -q -h --provider --format --map --allow-files --max-input --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom auto" -- "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "auto body ndjson db http-file httpie http curl har ngrok webhook-site smee hookdeck github-deliveries stripe-cli aws functions postman insomnia burp tshark json-log fetch powershell headers log" -- "${cur}"))
                    return 0
                    ;;
                --map)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__explain)
            opts="-v -q -h --framework --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --framework)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__init)
            opts="-v -q -h --dir --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --dir)
                    COMPREPLY=()
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o plusdirs
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__inspect)
            opts="-v -q -h --as --secret --secret-file --out --redact --redact-pointer --keep --json --prune --format --map --allow-files --max-input --public-url --setting --require-signature --trust-forwarded --event --provider --verdict --since --last --all --explain --no-explain --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -W "http curl har ndjson json body postman httpie fetch python pytest vitest fixture" -- "${cur}"))
                    return 0
                    ;;
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=()
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o plusdirs
                    fi
                    return 0
                    ;;
                --redact-pointer)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --keep)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --prune)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "auto body ndjson db http-file httpie http curl har ngrok webhook-site smee hookdeck github-deliveries stripe-cli aws functions postman insomnia burp tshark json-log fetch powershell headers log" -- "${cur}"))
                    return 0
                    ;;
                --map)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --event)
                    COMPREPLY=($(compgen -W "/weather ADD_MESSAGE APPLICATION_AUTHORIZED APPLICATION_DEAUTHORIZED AUTHORISATION BILLING.SUBSCRIPTION.ACTIVATED BOOKING_CANCELLED BOOKING_CREATED BOOKING_RESCHEDULED Bounce CAPTURE CHECKOUT.ORDER.APPROVED Comment.create Delivery ENTITLEMENT_CREATE ENTITLEMENT_DELETE Issue.create Issue.update LIVE_CHAT_INITIATED PAYMENT.CAPTURE.COMPLETED REFUND SpamComplaint app/uninstalled app_mention batch.completed bounce call_analyzed call_ended call_initiation_failure call_started callback_query channel.follow channel.subscribe charge.completed charge.success chat:end chat:start chat:transcript_created checkout.session.completed comment.created comment_created completed contact.created contact.creation contact.deletion contact.propertyChange conversation.ended conversation.operator_replied conversation.started conversation.user.created conversation.user.replied conversation_created conversation_reopen conversation_resolution conversation_started conversation_status_changed created customer.created customer.subscription.deleted customer.subscription.updated deal.creation deleted delivered deployment.created deployment.error deployment.succeeded edited_message email.delivered end-of-call-report escalation.triggered failed feedback.submitted follow form_response incident.acknowledged incident.resolved incident.triggered invitee.canceled invitee.created invoice.paid invoice.payment_failed issue issue_comment.created issues.opened jira:issue_created jira:issue_updated lead.submit leads.submit list_folder meeting.ended meeting.participant_joined meeting.started memberships.created merge_request message message.received message.sent message:received message:send message_create message_created messages messages.created messages.deleted newMessage open opened order.paid orders/create orders/paid page.content_updated page.created payment.captured payment.created payment.failed payment.updated payment_intent.succeeded ping post_call_audio post_call_transcription postback processed products/update project.created pull_request.opened pullrequest:created pullrequest:fulfilled push reaction_added read received repo:push response.completed ringing session.created session.status_idled session.status_run_started status-update statuses story.added stream.online subscribed subscription.create subscription.created task.added task.changed ticket:create tool-calls transaction.completed transfer.completed transfer.success unfollow unsubscribed updateCard updated user.created vault_credential.refresh_failed voteOnCard zen:event-type:ticket.comment_added zen:event-type:ticket.created zen:event-type:ticket.status_changed" -- "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --verdict)
                    COMPREPLY=($(compgen -W "valid invalid missing malformed stale unsigned unchecked" -- "${cur}"))
                    return 0
                    ;;
                --since)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --last)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --explain)
                    COMPREPLY=($(compgen -W "brief deep" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__learn)
            opts="-v -q -h --secret --secret-file --name --write --format --map --allow-files --max-input --json --public-url --setting --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --name)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --write)
                    COMPREPLY=()
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o plusdirs
                    fi
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "auto body ndjson db http-file httpie http curl har ngrok webhook-site smee hookdeck github-deliveries stripe-cli aws functions postman insomnia burp tshark json-log fetch powershell headers log" -- "${cur}"))
                    return 0
                    ;;
                --map)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__listen)
            opts="-p -H -v -q -h --secret --secret-file --provider --port --host --path --health-path --record --keep --json --strict --allow-unsigned --allow-origin --verify-token --public-url --setting --require-signature --trust-forwarded --explain --no-explain --forward-to --forward-invalid --forward-timeout --insecure --header --tunnel --ui --ui-port --open --count --expect --timeout --port-file --max-body --read-timeout --max-connections --respond --drop-first --fail-first --fail-rate --seed --delay --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom auto" -- "${cur}"))
                    return 0
                    ;;
                --port)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -p)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --host)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --path)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --health-path)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --record)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keep)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --allow-origin)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --verify-token)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --explain)
                    COMPREPLY=($(compgen -W "brief deep" -- "${cur}"))
                    return 0
                    ;;
                --forward-to)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --forward-timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --tunnel)
                    COMPREPLY=($(compgen -W "cloudflared ngrok bore ssh:" -- "${cur}"))
                    return 0
                    ;;
                --ui-port)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --count)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --expect)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --port-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-body)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --read-timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-connections)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --respond)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --drop-first)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --fail-first)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --fail-rate)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --seed)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --delay)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__providers)
            opts="-v -q -h --search --json --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --search)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__replay)
            opts="-H -v -q -h --format --map --allow-files --max-input --url --id --resign --set --add --secret --secret-file --speed --json --event --provider --verdict --since --last --header --timeout --insecure --cacert --public-url --setting --require-signature --timestamp --webhook-id --tamper --count --duration --rate --ramp --concurrency --max-in-flight --unique --duplicate --seed --fail-if --summary --hdr --report --yes-load --export --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --format)
                    COMPREPLY=($(compgen -W "auto body ndjson db http-file httpie http curl har ngrok webhook-site smee hookdeck github-deliveries stripe-cli aws functions postman insomnia burp tshark json-log fetch powershell headers log" -- "${cur}"))
                    return 0
                    ;;
                --map)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --id)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --set)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --speed)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --event)
                    COMPREPLY=($(compgen -W "/weather ADD_MESSAGE APPLICATION_AUTHORIZED APPLICATION_DEAUTHORIZED AUTHORISATION BILLING.SUBSCRIPTION.ACTIVATED BOOKING_CANCELLED BOOKING_CREATED BOOKING_RESCHEDULED Bounce CAPTURE CHECKOUT.ORDER.APPROVED Comment.create Delivery ENTITLEMENT_CREATE ENTITLEMENT_DELETE Issue.create Issue.update LIVE_CHAT_INITIATED PAYMENT.CAPTURE.COMPLETED REFUND SpamComplaint app/uninstalled app_mention batch.completed bounce call_analyzed call_ended call_initiation_failure call_started callback_query channel.follow channel.subscribe charge.completed charge.success chat:end chat:start chat:transcript_created checkout.session.completed comment.created comment_created completed contact.created contact.creation contact.deletion contact.propertyChange conversation.ended conversation.operator_replied conversation.started conversation.user.created conversation.user.replied conversation_created conversation_reopen conversation_resolution conversation_started conversation_status_changed created customer.created customer.subscription.deleted customer.subscription.updated deal.creation deleted delivered deployment.created deployment.error deployment.succeeded edited_message email.delivered end-of-call-report escalation.triggered failed feedback.submitted follow form_response incident.acknowledged incident.resolved incident.triggered invitee.canceled invitee.created invoice.paid invoice.payment_failed issue issue_comment.created issues.opened jira:issue_created jira:issue_updated lead.submit leads.submit list_folder meeting.ended meeting.participant_joined meeting.started memberships.created merge_request message message.received message.sent message:received message:send message_create message_created messages messages.created messages.deleted newMessage open opened order.paid orders/create orders/paid page.content_updated page.created payment.captured payment.created payment.failed payment.updated payment_intent.succeeded ping post_call_audio post_call_transcription postback processed products/update project.created pull_request.opened pullrequest:created pullrequest:fulfilled push reaction_added read received repo:push response.completed ringing session.created session.status_idled session.status_run_started status-update statuses story.added stream.online subscribed subscription.create subscription.created task.added task.changed ticket:create tool-calls transaction.completed transfer.completed transfer.success unfollow unsubscribed updateCard updated user.created vault_credential.refresh_failed voteOnCard zen:event-type:ticket.comment_added zen:event-type:ticket.created zen:event-type:ticket.status_changed" -- "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --verdict)
                    COMPREPLY=($(compgen -W "valid invalid missing malformed stale unsigned unchecked" -- "${cur}"))
                    return 0
                    ;;
                --since)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --last)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timestamp)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --webhook-id)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --tamper)
                    COMPREPLY=($(compgen -W "signature body missing secret algorithm truncated uppercase" -- "${cur}"))
                    return 0
                    ;;
                --count)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --duration)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --rate)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --ramp)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --concurrency)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-in-flight)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --unique)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --duplicate)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --seed)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --fail-if)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --summary)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --hdr)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    COMPREPLY=($(compgen -W "junit= tap= sarif= gitlab= html= markdown= text= json=" -- "${cur}"))
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --export)
                    COMPREPLY=($(compgen -W "k6 k6-operator locust vegeta" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__send)
            opts="-d -H -v -q -h --url --secret --secret-file --provider --channel --set --add --body --data --max-input --format --all --method --handshake --verify-token --json --header --tamper --dry-run --expect-status --timeout --insecure --cacert --public-url --setting --require-signature --timestamp --webhook-id --retry --retry-for --retry-base --retry-factor --retry-cap --retry-jitter --max-attempts --time-scale --honour-retry-after --mix --count --duration --rate --ramp --concurrency --max-in-flight --unique --duplicate --seed --fail-if --summary --hdr --report --yes-load --export --profile --config --no-config --color --verbose --quiet --help /weather ADD_MESSAGE APPLICATION_AUTHORIZED APPLICATION_DEAUTHORIZED AUTHORISATION BILLING.SUBSCRIPTION.ACTIVATED BOOKING_CANCELLED BOOKING_CREATED BOOKING_RESCHEDULED Bounce CAPTURE CHECKOUT.ORDER.APPROVED Comment.create Delivery ENTITLEMENT_CREATE ENTITLEMENT_DELETE Issue.create Issue.update LIVE_CHAT_INITIATED PAYMENT.CAPTURE.COMPLETED REFUND SpamComplaint app/uninstalled app_mention batch.completed bounce call_analyzed call_ended call_initiation_failure call_started callback_query channel.follow channel.subscribe charge.completed charge.success chat:end chat:start chat:transcript_created checkout.session.completed comment.created comment_created completed contact.created contact.creation contact.deletion contact.propertyChange conversation.ended conversation.operator_replied conversation.started conversation.user.created conversation.user.replied conversation_created conversation_reopen conversation_resolution conversation_started conversation_status_changed created customer.created customer.subscription.deleted customer.subscription.updated deal.creation deleted delivered deployment.created deployment.error deployment.succeeded edited_message email.delivered end-of-call-report escalation.triggered failed feedback.submitted follow form_response incident.acknowledged incident.resolved incident.triggered invitee.canceled invitee.created invoice.paid invoice.payment_failed issue issue_comment.created issues.opened jira:issue_created jira:issue_updated lead.submit leads.submit list_folder meeting.ended meeting.participant_joined meeting.started memberships.created merge_request message message.received message.sent message:received message:send message_create message_created messages messages.created messages.deleted newMessage open opened order.paid orders/create orders/paid page.content_updated page.created payment.captured payment.created payment.failed payment.updated payment_intent.succeeded ping post_call_audio post_call_transcription postback processed products/update project.created pull_request.opened pullrequest:created pullrequest:fulfilled push reaction_added read received repo:push response.completed ringing session.created session.status_idled session.status_run_started status-update statuses story.added stream.online subscribed subscription.create subscription.created task.added task.changed ticket:create tool-calls transaction.completed transfer.completed transfer.success unfollow unsubscribed updateCard updated user.created vault_credential.refresh_failed voteOnCard zen:event-type:ticket.comment_added zen:event-type:ticket.created zen:event-type:ticket.status_changed"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --channel)
                    COMPREPLY=($(compgen -W "email facebook instagram telegram web whatsapp" -- "${cur}"))
                    return 0
                    ;;
                --set)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --body)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --data)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -d)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "body" -- "${cur}"))
                    return 0
                    ;;
                --method)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --handshake)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --verify-token)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --tamper)
                    COMPREPLY=($(compgen -W "signature body missing secret algorithm truncated uppercase" -- "${cur}"))
                    return 0
                    ;;
                --expect-status)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timestamp)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --webhook-id)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --retry-for)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --retry-base)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --retry-factor)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --retry-cap)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --retry-jitter)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-attempts)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --time-scale)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --mix)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --count)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --duration)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --rate)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --ramp)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --concurrency)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-in-flight)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --unique)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --duplicate)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --seed)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --fail-if)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --summary)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --hdr)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    COMPREPLY=($(compgen -W "junit= tap= sarif= gitlab= html= markdown= text= json=" -- "${cur}"))
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --export)
                    COMPREPLY=($(compgen -W "k6 k6-operator locust vegeta" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__sign)
            opts="-d -H -v -q -h --secret --secret-file --provider --channel --set --add --body --data --max-input --format --print --url --json --header --public-url --setting --require-signature --timestamp --webhook-id --profile --config --no-config --color --verbose --quiet --help /weather ADD_MESSAGE APPLICATION_AUTHORIZED APPLICATION_DEAUTHORIZED AUTHORISATION BILLING.SUBSCRIPTION.ACTIVATED BOOKING_CANCELLED BOOKING_CREATED BOOKING_RESCHEDULED Bounce CAPTURE CHECKOUT.ORDER.APPROVED Comment.create Delivery ENTITLEMENT_CREATE ENTITLEMENT_DELETE Issue.create Issue.update LIVE_CHAT_INITIATED PAYMENT.CAPTURE.COMPLETED REFUND SpamComplaint app/uninstalled app_mention batch.completed bounce call_analyzed call_ended call_initiation_failure call_started callback_query channel.follow channel.subscribe charge.completed charge.success chat:end chat:start chat:transcript_created checkout.session.completed comment.created comment_created completed contact.created contact.creation contact.deletion contact.propertyChange conversation.ended conversation.operator_replied conversation.started conversation.user.created conversation.user.replied conversation_created conversation_reopen conversation_resolution conversation_started conversation_status_changed created customer.created customer.subscription.deleted customer.subscription.updated deal.creation deleted delivered deployment.created deployment.error deployment.succeeded edited_message email.delivered end-of-call-report escalation.triggered failed feedback.submitted follow form_response incident.acknowledged incident.resolved incident.triggered invitee.canceled invitee.created invoice.paid invoice.payment_failed issue issue_comment.created issues.opened jira:issue_created jira:issue_updated lead.submit leads.submit list_folder meeting.ended meeting.participant_joined meeting.started memberships.created merge_request message message.received message.sent message:received message:send message_create message_created messages messages.created messages.deleted newMessage open opened order.paid orders/create orders/paid page.content_updated page.created payment.captured payment.created payment.failed payment.updated payment_intent.succeeded ping post_call_audio post_call_transcription postback processed products/update project.created pull_request.opened pullrequest:created pullrequest:fulfilled push reaction_added read received repo:push response.completed ringing session.created session.status_idled session.status_run_started status-update statuses story.added stream.online subscribed subscription.create subscription.created task.added task.changed ticket:create tool-calls transaction.completed transfer.completed transfer.success unfollow unsubscribed updateCard updated user.created vault_credential.refresh_failed voteOnCard zen:event-type:ticket.comment_added zen:event-type:ticket.created zen:event-type:ticket.status_changed"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --channel)
                    COMPREPLY=($(compgen -W "email facebook instagram telegram web whatsapp" -- "${cur}"))
                    return 0
                    ;;
                --set)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --body)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --data)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -d)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "body" -- "${cur}"))
                    return 0
                    ;;
                --print)
                    COMPREPLY=($(compgen -W "header value request curl" -- "${cur}"))
                    return 0
                    ;;
                --url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timestamp)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --webhook-id)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__snippet)
            opts="-v -q -h --provider --require-signature --library --json --profile --config --no-config --color --verbose --quiet --help express fastify nextjs fetch flask fastapi django php rack go axum java"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__test)
            opts="-H -v -q -h --url --secret --secret-file --provider --verify-token --contract --contract-schema --list --report --json --only --skip --tolerate --strict --fail-fast --concurrency --repeat --wait --header --timeout --insecure --cacert --public-url --setting --require-signature --timestamp --webhook-id --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom" -- "${cur}"))
                    return 0
                    ;;
                --verify-token)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --contract)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --report)
                    COMPREPLY=($(compgen -W "junit= tap= sarif= gitlab= html= markdown= text= json=" -- "${cur}"))
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "accept/* behaviour/* bytes/* protocol/* refuse/* accept/lead.submit accept/message.received.whatsapp accept/message.received.telegram accept/message.received.facebook accept/message.received.instagram accept/message.received.email accept/message.received.web accept/non-ascii-names accept/emoji accept/line-separators accept/decomposed-characters accept/invisible-characters accept/markup accept/paths accept/sql accept/percent-signs accept/line-breaks-in-text accept/null-character accept/null-field accept/lone-surrogate accept/long-decimal accept/large-integer accept/long-text accept/crlf accept/leading-space accept/byte-order-mark accept/split-characters accept/expect-continue accept/signature-digits accept/unknown-field accept/other-event accept/body-1kib accept/body-64kib accept/body-256kib accept/body-1mib accept/header-case accept/content-type-charset accept/chunked bytes/escaped-unicode bytes/escaped-slashes bytes/spaces bytes/trailing-newline bytes/floats bytes/big-integers bytes/integer-keys bytes/duplicate-keys refuse/no-signature refuse/empty-signature refuse/wrong-secret refuse/flipped-signature refuse/flipped-body refuse/half-signature refuse/one-character refuse/wrong-tail refuse/other-body refuse/wrong-algorithm refuse/unkeyed-hash refuse/other-unkeyed-hash refuse/claimed-algorithm refuse/claimed-key refuse/added-prefix refuse/missing-prefix refuse/other-prefix refuse/not-in-alphabet refuse/longer-signature refuse/other-encoding refuse/long-signature refuse/non-ascii-signature refuse/two-signatures-wrong-first refuse/two-signatures-right-first refuse/signature-in-query refuse/signature-in-other-header refuse/unset-key refuse/unset-value refuse/pattern refuse/secret-as-signature refuse/other-form-of-secret refuse/claimed-trust refuse/changed-part refuse/reused-signature refuse/repeated-forgery refuse/any-path refuse/any-event refuse/any-account refuse/any-content-type refuse/any-method refuse/any-user-agent refuse/any-size refuse/any-encoding refuse/uppercase-hex protocol/get protocol/put protocol/delete protocol/head protocol/malformed-json protocol/empty-body protocol/json-null protocol/json-array protocol/json-string protocol/deep-nesting protocol/wrong-content-type protocol/cut-off behaviour/documented-answer behaviour/time behaviour/repeated behaviour/identical-at-once behaviour/parallel behaviour/no-redirect behaviour/no-leak behaviour/keeps-serving" -- "${cur}"))
                    return 0
                    ;;
                --skip)
                    COMPREPLY=($(compgen -W "accept/* behaviour/* bytes/* protocol/* refuse/* accept/lead.submit accept/message.received.whatsapp accept/message.received.telegram accept/message.received.facebook accept/message.received.instagram accept/message.received.email accept/message.received.web accept/non-ascii-names accept/emoji accept/line-separators accept/decomposed-characters accept/invisible-characters accept/markup accept/paths accept/sql accept/percent-signs accept/line-breaks-in-text accept/null-character accept/null-field accept/lone-surrogate accept/long-decimal accept/large-integer accept/long-text accept/crlf accept/leading-space accept/byte-order-mark accept/split-characters accept/expect-continue accept/signature-digits accept/unknown-field accept/other-event accept/body-1kib accept/body-64kib accept/body-256kib accept/body-1mib accept/header-case accept/content-type-charset accept/chunked bytes/escaped-unicode bytes/escaped-slashes bytes/spaces bytes/trailing-newline bytes/floats bytes/big-integers bytes/integer-keys bytes/duplicate-keys refuse/no-signature refuse/empty-signature refuse/wrong-secret refuse/flipped-signature refuse/flipped-body refuse/half-signature refuse/one-character refuse/wrong-tail refuse/other-body refuse/wrong-algorithm refuse/unkeyed-hash refuse/other-unkeyed-hash refuse/claimed-algorithm refuse/claimed-key refuse/added-prefix refuse/missing-prefix refuse/other-prefix refuse/not-in-alphabet refuse/longer-signature refuse/other-encoding refuse/long-signature refuse/non-ascii-signature refuse/two-signatures-wrong-first refuse/two-signatures-right-first refuse/signature-in-query refuse/signature-in-other-header refuse/unset-key refuse/unset-value refuse/pattern refuse/secret-as-signature refuse/other-form-of-secret refuse/claimed-trust refuse/changed-part refuse/reused-signature refuse/repeated-forgery refuse/any-path refuse/any-event refuse/any-account refuse/any-content-type refuse/any-method refuse/any-user-agent refuse/any-size refuse/any-encoding refuse/uppercase-hex protocol/get protocol/put protocol/delete protocol/head protocol/malformed-json protocol/empty-body protocol/json-null protocol/json-array protocol/json-string protocol/deep-nesting protocol/wrong-content-type protocol/cut-off behaviour/documented-answer behaviour/time behaviour/repeated behaviour/identical-at-once behaviour/parallel behaviour/no-redirect behaviour/no-leak behaviour/keeps-serving" -- "${cur}"))
                    return 0
                    ;;
                --tolerate)
                    COMPREPLY=($(compgen -W "accept/* behaviour/* bytes/* protocol/* refuse/* accept/lead.submit accept/message.received.whatsapp accept/message.received.telegram accept/message.received.facebook accept/message.received.instagram accept/message.received.email accept/message.received.web accept/non-ascii-names accept/emoji accept/line-separators accept/decomposed-characters accept/invisible-characters accept/markup accept/paths accept/sql accept/percent-signs accept/line-breaks-in-text accept/null-character accept/null-field accept/lone-surrogate accept/long-decimal accept/large-integer accept/long-text accept/crlf accept/leading-space accept/byte-order-mark accept/split-characters accept/expect-continue accept/signature-digits accept/unknown-field accept/other-event accept/body-1kib accept/body-64kib accept/body-256kib accept/body-1mib accept/header-case accept/content-type-charset accept/chunked bytes/escaped-unicode bytes/escaped-slashes bytes/spaces bytes/trailing-newline bytes/floats bytes/big-integers bytes/integer-keys bytes/duplicate-keys refuse/no-signature refuse/empty-signature refuse/wrong-secret refuse/flipped-signature refuse/flipped-body refuse/half-signature refuse/one-character refuse/wrong-tail refuse/other-body refuse/wrong-algorithm refuse/unkeyed-hash refuse/other-unkeyed-hash refuse/claimed-algorithm refuse/claimed-key refuse/added-prefix refuse/missing-prefix refuse/other-prefix refuse/not-in-alphabet refuse/longer-signature refuse/other-encoding refuse/long-signature refuse/non-ascii-signature refuse/two-signatures-wrong-first refuse/two-signatures-right-first refuse/signature-in-query refuse/signature-in-other-header refuse/unset-key refuse/unset-value refuse/pattern refuse/secret-as-signature refuse/other-form-of-secret refuse/claimed-trust refuse/changed-part refuse/reused-signature refuse/repeated-forgery refuse/any-path refuse/any-event refuse/any-account refuse/any-content-type refuse/any-method refuse/any-user-agent refuse/any-size refuse/any-encoding refuse/uppercase-hex protocol/get protocol/put protocol/delete protocol/head protocol/malformed-json protocol/empty-body protocol/json-null protocol/json-array protocol/json-string protocol/deep-nesting protocol/wrong-content-type protocol/cut-off behaviour/documented-answer behaviour/time behaviour/repeated behaviour/identical-at-once behaviour/parallel behaviour/no-redirect behaviour/no-leak behaviour/keeps-serving" -- "${cur}"))
                    return 0
                    ;;
                --concurrency)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --repeat)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --wait)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --timestamp)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --webhook-id)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__trust)
            opts="-v -q -h --list --revoke --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__ui)
            opts="-v -q -h --ui-port --open --secret --secret-file --url --insecure --provider --format --map --allow-files --max-input --public-url --setting --require-signature --trust-forwarded --explain --no-explain --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --ui-port)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom auto" -- "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "auto body ndjson db http-file httpie http curl har ngrok webhook-site smee hookdeck github-deliveries stripe-cli aws functions postman insomnia burp tshark json-log fetch powershell headers log" -- "${cur}"))
                    return 0
                    ;;
                --map)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --explain)
                    COMPREPLY=($(compgen -W "brief deep" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        cz__hook__subcmd__verify)
            opts="-H -v -q -h --secret --secret-file --provider --signature --header --format --map --allow-files --max-input --show-expected --json --public-url --setting --require-signature --trust-forwarded --at --explain --no-explain --against --profile --config --no-config --color --verbose --quiet --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --secret)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --provider)
                    COMPREPLY=($(compgen -W "chatzuri chatbase chatzuri-guide chatzuri-legacy oneroute 360dialog adyen anthropic asana bitbucket cal-com calendly chatwoot crisp discord dropbox elevenlabs flutterwave freshchat github gitlab hubspot instagram intercom jira line linear mailgun messenger microsoft-graph notion paddle pagerduty paypal paystack postmark razorpay retell sendgrid shopify sitegpt slack slack-commands square standard-webhooks stripe svix synthflow tawk teams telegram tidio trello twilio twilio-voice twitch typeform vapi vercel viber webex whatsapp wonderchat zendesk zoom auto" -- "${cur}"))
                    return 0
                    ;;
                --signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "auto body ndjson db http-file httpie http curl har ngrok webhook-site smee hookdeck github-deliveries stripe-cli aws functions postman insomnia burp tshark json-log fetch powershell headers log" -- "${cur}"))
                    return 0
                    ;;
                --map)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --max-input)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --public-url)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --setting)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --require-signature)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --at)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --explain)
                    COMPREPLY=($(compgen -W "brief deep" -- "${cur}"))
                    return 0
                    ;;
                --against)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --config)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _cz__hook -o nosort -o bashdefault -o default cz-hook
else
    complete -F _cz__hook -o bashdefault -o default cz-hook
fi
