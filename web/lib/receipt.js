/*
 * receipt.js - what a customer is told of his case, from what /case/LINK/card says: one sentence, and how far it is.
 * Pure: figures and names in, keys of words out.
 */
const STEPS = ['received', 'acknowledged', 'planned', 'resolved', 'closed'];

/* The sentence: {key, by}, `by` a time or null. A promise that was broken is said as such. */
export function verdictOf(card, now_ms) {
    const {status} = card;
    if (status === 'resolved' || status === 'closed')
        return {key: card.decided === 'satisfied' ? 'case.thanks' : `case.verdict.${status}`, by: null};
    const answered = status !== 'received';
    const by = (answered ? card.promised_at ?? card.resolve_by : card.respond_by) ?? null;
    if (by && Date.parse(by) < now_ms)
        return {key: answered ? 'case.verdict.late_solving' : 'case.verdict.late', by};
    if (card.decided === 'unsatisfied' || (card.reopened > 0 && !answered))
        return {key: by ? 'case.verdict.unsettled_by' : 'case.verdict.unsettled', by};
    const key = answered ? 'case.verdict.acknowledged' : 'case.verdict.received';
    return {key: by ? key : `${key}_plain`, by};
}

/* How far it is: [{step, state, at}], state done, now or open. A plan is shown while it is carried out, if one is. */
export function stepsOf(card) {
    const at = {received: card.received_at, acknowledged: card.acknowledged_at, resolved: card.resolved_at,
        closed: card.closed_at};
    const reached = STEPS.indexOf(card.status);
    const taken = (step) => {
        if (step === 'planned')
            return card.status === 'planned';
        return card.status !== 'closed' || Boolean(at[step]); /* who withdraws it has no answer */
    };
    return STEPS.filter(taken).map((step) => {
        const place = STEPS.indexOf(step);
        const over = place < reached || (card.status === 'closed' && step === 'closed');
        const state = over ? 'done' : place === reached ? 'now' : 'open';
        return {step, state, at: state === 'open' ? null : at[step] ?? null};
    });
}
