/*
 * fields.js - a decision's fields as a form has them, and the JSON body that what was typed in becomes. Pure.
 *
 * The server tells name, kind, required and choices (GET /v1/complaints/ID/decisions); lib/dialog.js draws each
 * kind. Here is what only the names tell: money is typed in yuan, people and cases are suggested, a reason's words
 * depend on whose it is.
 */
const PEOPLE = new Set(['handler', 'responsible', 'staff', 'person']);
const WORDS = {reason: 'pause_reason', ground: 'appeal_ground'};
const KINDS = {bool: 'yes or no', integer: 'whole number', choice: 'word'};
const MONEY = '_fen';

/** The order in which a form asks: what is required first, the note last; who decides is known and not asked. */
export function asked(fields) {
    const rank = (field) => (field.name === 'note' ? 2 : field.required ? 0 : 1);
    return together(fields)
        .filter((field) => field.name !== 'by')
        .sort((a, b) => rank(a) - rank(b));
}

/* Of a verification: satisfied, not satisfied and not reached are three answers to one question. */
function together(fields) {
    if (!fields.some((field) => field.name === 'unreachable')) return fields;
    return fields
        .filter((field) => field.name !== 'unreachable')
        .map((field) =>
            field.name === 'satisfied'
                ? {...field, kind: 'choice', required: true, choices: ['true', 'false', 'unreachable']}
                : field,
        );
}

/** What is suggested while it is typed in: 'people', 'cases', 'stores', 'departments', or null. */
export function suggests(field) {
    if (PEOPLE.has(field.name)) return 'people';
    return {into: 'cases', store: 'stores', department: 'departments'}[field.name] ?? null;
}

/** The domain's kind of word of a field's choices: `reason` of a pause is a pause_reason. */
export function wordKind(field) {
    return WORDS[field.name] ?? field.name;
}

/** What may be chosen; null where it is typed in. */
export function choicesOf(field) {
    return field.name === 'level' ? ['0', '1', '2', '3', '4'] : (field.choices ?? null);
}

/** The kind of control in lib/dialog.js' words. Money is a name, in yuan, until it is read. */
export function kindOf(field) {
    return field.name.endsWith(MONEY) ? 'name' : (KINDS[field.kind] ?? field.kind);
}

/**
 * Yuan, with up to two decimals, as whole fen: by its digits, so that no binary fraction rounds. RangeError for
 * what is none.
 */
export function fenOf(text) {
    const match = /^(-?)(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.replace(/[¥￥,，\s]/g, ''));
    if (!match) throw new RangeError(text);
    const fen = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
    return match[1] ? -fen : fen;
}

/** The decision's body of a form's values. RangeError, with the field as its `cause`, for money that is none. */
export function bodyOf(values) {
    const body = {};
    for (const [name, value] of Object.entries(values)) {
        if (name.endsWith(MONEY)) body[name] = yuanOf(name, value);
        else if (name === 'level') body.level = Number(value);
        else if (value === 'unreachable') body.unreachable = true;
        else body[name] = name === 'satisfied' ? String(value) === 'true' : value;
    }
    return body;
}

function yuanOf(name, value) {
    try {
        return fenOf(value);
    } catch (error) {
        throw new RangeError(error.message, {cause: name});
    }
}
