/*
 * commands.c - the table of commands.
 */
#include "cli/commands.h"
#include "cli/command_options.h"

#define OPTIONS(rows) .options = rows, .option_count = sizeof(rows) / sizeof((rows)[0])

static const struct command commands[] = {
    {.name = "serve",
     .operands = "",
     .summary = "run all roles in one process",
     .examples = "  manyi serve --dir /var/lib/manyi\n"
                 "  manyi serve --dir ./data --base-port 7400 --policy deploy/policy.yaml\n",
     .details = "Prints one line that ends in \"ready\" on stderr when every role answers. SIGTERM ends it in order.\n",
     OPTIONS(serve_options),
     .run = command_serve},
    {.name = "run",
     .operands = "ROLE",
     .summary = "run one role: intake, worker, outlet, gateway or notifier",
     .examples = "  manyi run intake --dir /var/lib/manyi\n"
                 "  manyi run worker --dir /var/lib/manyi\n",
     .details = "Roles of one directory find each other through sockets in DIR/run. intake runs with the feed.\n",
     OPTIONS(serve_options),
     .run = command_run_role},
    {.name = "demo",
     .operands = "",
     .summary = "play a time-lapse day of a 12-store group",
     .examples = "  manyi demo\n"
                 "  manyi demo --seed 7 --seconds 120 --base-port 7400\n",
     .details =
         "The day ends now; the same seed brings the same customers. The dashboard's address comes first: open it while the\n"
         "day is played. At a terminal customers then go on coming, one every few seconds, until Ctrl-C, for four hours at\n"
         "most. With --json the story goes to stderr, and stdout gets one object: dir, dashboard, rate, case, base_port,\n"
         "accepted, refused, stories, commands.\n",
     OPTIONS(demo_options),
     .run = command_demo},
    {.name = "publish",
     .operands = "[FILE...|-]",
     .summary = "publish events from JSON lines or CSV",
     .examples = "  manyi publish events.jsonl\n"
                 "  manyi publish ratings.csv --type feedback.rated --source /stores/sh-pudong/survey --dry-run\n"
                 "  zcat old.csv.gz | manyi publish - --type feedback.rated --historical\n",
     .details =
         "JSON lines are whole events, or type and data alone. CSV columns are fields: overall, scores.quality,\n"
         "call.id, and id, source, type, time, subject of the envelope. Text is UTF-8 (with or without BOM) or\n"
         "GB18030. Publishing the same file again counts nothing twice. Exits with 65 when a line was refused.\n",
     OPTIONS(publish_options),
     .run = command_publish},
    {.name = "tap",
     .operands = "[CHANNEL...]",
     .summary = "watch cards as they change",
     .examples = "  manyi tap\n"
                 "  manyi tap complaint escalation --json\n"
                 "  manyi tap complaint --snapshot --count 10\n",
     .details = "Channels: complaint, escalation, task, callback, score, ledger, system.\n",
     OPTIONS(tap_options),
     .run = command_tap},
    {.name = "status",
     .operands = "",
     .summary = "how Manyi is doing",
     .examples = "  manyi status\n  manyi status --json\n",
     .run = command_status},
    {.name = "scores",
     .operands = "",
     .summary = "satisfaction figures with their intervals",
     .examples = "  manyi scores\n"
                 "  manyi scores --by store --period 2026-11\n"
                 "  manyi scores --by staff --period 2026-Q4 --store sh-pudong --json\n"
                 "  manyi scores --by department --weight visits --period 2026-11\n",
     OPTIONS(score_options),
     .run = command_scores},
    {.name = "complaints",
     .operands = "",
     .summary = "list complaints, newest first",
     .examples = "  manyi complaints --status open --store sh-pudong\n"
                 "  manyi complaints --overdue --level 2\n",
     OPTIONS(complaint_filters),
     .run = command_list},
    {.name = "complaint",
     .operands = "ID [ACTION]",
     .summary = "show a complaint, or decide about it",
     .examples = "  manyi complaint C-41\n"
                 "  manyi complaint C-41 acknowledge --by wang.li\n"
                 "  manyi complaint C-41 grade --by wang.li --grade serious\n"
                 "  manyi complaint C-41 plan --by wang.li --measure \"replace the pads\" --due +2d\n"
                 "  manyi complaint C-41 verify --by zhao.min --satisfied\n"
                 "  manyi complaint C-41 assign --by chen.jing --handler li.na --if-seq 57\n",
     .details = "Waits until the decision is acted on. Exits with 1 when the state forbids it.\n",
     OPTIONS(complaint_options),
     .fields_of = "complaint.",
     .run = command_case},
    {.name = "escalations",
     .operands = "",
     .summary = "list notices to people, newest first",
     .examples = "  manyi escalations --status open\n"
                 "  manyi escalations --complaint C-41\n"
                 "  manyi escalations --about V-60\n",
     OPTIONS(escalation_filters),
     .run = command_list},
    {.name = "escalation",
     .operands = "ID [ACTION]",
     .summary = "show a notice, or acknowledge it",
     .examples = "  manyi escalation E-41-response-100\n"
                 "  manyi escalation E-41-response-100 acknowledge --by chen.jing\n",
     .fields_of = "escalation.",
     .run = command_case},
    {.name = "tasks",
     .operands = "",
     .summary = "list tasks, newest first",
     .examples = "  manyi tasks --overdue\n"
                 "  manyi tasks --handler chen.jing --status open\n",
     OPTIONS(task_filters),
     .run = command_list},
    {.name = "task",
     .operands = "ID [ACTION] | open",
     .summary = "show a task, decide about it, or open one",
     .examples =
         "  manyi task T-57\n"
         "  manyi task T-57 complete --by chen.jing --result \"called and apologised\"\n"
         "  manyi task open --by chen.jing --store sh-pudong --department service --measure \"second pickup desk\" "
         "--responsible wang.li --due +14d\n",
     .fields_of = "task.",
     .run = command_case},
    {.name = "ledger",
     .operands = "[ID [ACTION] | settle | veto]",
     .summary = "list rewards and penalties, show one, decide about it",
     .examples =
         "  manyi ledger --status proposed --store sh-pudong\n"
         "  manyi ledger --person wang.li --period 2026-11\n"
         "  manyi ledger --account wang.li\n"
         "  manyi ledger L-41-wang.li\n"
         "  manyi ledger L-41-wang.li confirm --by zhou.ba\n"
         "  manyi ledger L-41-wang.li confirm --by zhou.ba --amount-fen -5000\n"
         "  manyi ledger L-41-wang.li waive --by zhou.ba --reason \"the part was faulty\"\n"
         "  manyi ledger settle --by payroll --period 2026-11\n"
         "  manyi ledger veto --by zhou.ba --ground faked_survey --person wang.li --store sh-pudong --period 2026-11\n",
     .details =
         "Nobody decides on their own entry, on one that they are party to, or on one for their department. A lower\n"
         "amount takes effect when a second person confirms it; --store, --department, --person and --period filter the list.\n",
     OPTIONS(ledger_options),
     .fields_of = "ledger.",
     .run = command_ledger},
    {.name = "callbacks",
     .operands = "",
     .summary = "list customers to be called, newest first",
     .examples = "  manyi callbacks --status due --store sh-pudong\n"
                 "  manyi callbacks --due today\n"
                 "  manyi callbacks --overdue --limit 1000 --json\n",
     .details = "Customers who have answered, complained or were reached lately are skipped by themselves.\n",
     OPTIONS(callback_filters),
     .run = command_list},
    {.name = "callback",
     .operands = "ID [ACTION]",
     .summary = "show a callback, or decide about it",
     .examples = "  manyi callback B-60-day3\n"
                 "  manyi callback B-60-day3 claim --by li.na\n"
                 "  manyi callback B-60-day3 reschedule --by li.na --at \"2026-11-27 15:00\"\n"
                 "  manyi callback B-60-day3 done --by li.na\n",
     .details = "A claim lapses after half an hour. Who served the customer may not call. An answer is published as\n"
                "feedback.rated, a call in vain as feedback.unreached, with `callback: B-60-day3`.\n",
     .fields_of = "callback.",
     .run = command_case},
    {.name = "ranking",
     .operands = "",
     .summary = "how stores and departments compare, as of now",
     .examples = "  manyi ranking\n"
                 "  manyi ranking --period 2026-11 --department service\n"
                 "  manyi ranking --period 2026-H2 --json\n",
     .details = "T 50 is the mean, 10 a standard deviation. Whose interval overlaps the leader's is first, too.\n"
                "A line without a department is all of a store: sales, service and complaints handled in time.\n",
     OPTIONS(period_filters),
     .run = command_ranking},
    {.name = "period",
     .operands = "",
     .summary = "what a period was closed with, and what it is now",
     .examples = "  manyi period --month 2026-11\n"
                 "  manyi period --period 2026-Q4 --department sales\n",
     .details = "A month closes on the 4th of the next; later data restates its scores, and the frozen figures stay.\n",
     OPTIONS(period_filters),
     .run = command_ranking},
    {.name = "appeals",
     .operands = "",
     .summary = "list appeals, newest first",
     .examples = "  manyi appeals --status open\n"
                 "  manyi appeals --overdue --store sh-pudong\n",
     OPTIONS(appeal_filters),
     .run = command_list},
    {.name = "appeal",
     .operands = "ID [ACTION] | file",
     .summary = "show an appeal, rule on it, or file one",
     .examples = "  manyi appeal A-80\n"
                 "  manyi appeal file --by wang.li --entry L-41-wang.li --ground wrong_person\n"
                 "  manyi appeal file --by wang.li --rating 57 --ground rating_error\n"
                 "  manyi appeal A-80 rule --by qian.qi --upheld true --reason \"he was on leave\"\n"
                 "  manyi appeal A-80 review --by zhou.ba --upheld false --reason \"the roster says otherwise\"\n",
     .details =
         "Who is party to it may not rule on it. What is upheld is final; what is rejected may be reviewed once.\n",
     .fields_of = "appeal.",
     .run = command_case},
    {.name = "repairs",
     .operands = "",
     .summary = "list stays in the workshop, newest first",
     .examples = "  manyi repairs --status open --store sh-pudong\n",
     .details = "From LOANER on a loaner or the fare is due. BEFORE: days that the vehicle was in repair before.\n",
     OPTIONS(repair_filters),
     .run = command_list},
    {.name = "repair",
     .operands = "ID",
     .summary = "show a vehicle's stay in the workshop",
     .examples = "  manyi repair V-60\n",
     .fields_of = "repair.",
     .run = command_case},
    {.name = "flags",
     .operands = "",
     .summary = "list ratings that somebody should look at",
     .examples = "  manyi flags\n"
                 "  manyi flags --store sh-pudong --period 2026-11\n",
     .details =
         "A contact edited before the survey, one telephone for several customers, too many perfect forms, our own calls above\n"
         "the manufacturer's. Every rating counts all the same; whether a survey was faked is for people to judge.\n",
     OPTIONS(flag_filters),
     .run = command_list},
    {.name = "flag",
     .operands = "ID",
     .summary = "show a flag",
     .examples = "  manyi flag F-57-device\n",
     .fields_of = "flag.",
     .run = command_case},
    {.name = "trace",
     .operands = "ID",
     .summary = "why: every step of a case or score, with its rule",
     .examples = "  manyi trace C-41\n"
                 "  manyi trace E-41-response-100 --lang zh\n"
                 "  manyi trace S-sh-pudong.service-2026-11\n",
     .details =
         "Each step in words, oldest first, with the figures of the rulebook that was in force then. A notice begins with the\n"
         "steps of the case that it is about; a score fills its formula in.\n",
     OPTIONS(trace_options),
     .run = command_trace},
    {.name = "quarantine",
     .operands = "[KEY [resubmit FILE]]",
     .summary = "refused events, which are kept, and can be mended",
     .examples = "  manyi quarantine\n"
                 "  manyi quarantine --json --limit 1000\n"
                 "  manyi quarantine 26f6249485ab00f71bc4f88f9cf58d93 > event.json\n"
                 "  manyi quarantine 26f6249485ab00f71bc4f88f9cf58d93 resubmit event.json\n",
     .details =
         "With a key the event itself, as JSON, and on standard error what is wrong with it. Sent on with its source and id, it\n"
         "takes its place: when its sender tries again, that is a duplicate.\n",
     OPTIONS(limit_options),
     .run = command_quarantine},
    {.name = "audit",
     .operands = "",
     .summary = "who read personal data, the ledger or the journal, and who was refused",
     .examples = "  manyi audit --principal wang.li\n"
                 "  manyi audit --what personal --since 2026-11-23\n"
                 "  manyi audit --what E1801 --json\n",
     .details =
         "The newest 100,000 records; the journal has all of them. Local readers, without a key, have no name: they are\n"
         "not in it.\n",
     OPTIONS(audit_options),
     .run = command_audit},
    {.name = "policy",
     .operands = "check FILE | adopt FILE | show | diff FILE [FILE] | test FILE...",
     .summary = "check, adopt, show, compare or test rulebooks",
     .examples = "  manyi policy check deploy/policy.yaml\n"
                 "  manyi policy diff deploy/policy.yaml\n"
                 "  manyi policy adopt deploy/policy.yaml --by chen.jing\n"
                 "  manyi policy show\n"
                 "  manyi policy diff --dir /var/lib/manyi new.yaml --from 2026-11-01\n"
                 "  manyi policy test tests/scenarios/ladder.yaml --trace\n",
     .details =
         "diff --dir folds the journal under its own rulebooks and under FILE, and tells case by case and person by person\n"
         "what would differ. DIR is only read, and may have a server beside it.\n",
     OPTIONS(policy_options),
     .run = command_policy},
    {.name = "notices",
     .operands = "check [FILE] | show [FILE] | try NAME [FILE]",
     .summary = "check the file of targets, show who is told how, send somebody a test",
     .examples = "  manyi notices check /etc/manyi/notices.yaml\n"
                 "  manyi notices show\n"
                 "  manyi notices try wang.li\n",
     .details =
         "FILE is the configuration's `notices` when left out. Addresses are shown masked. try sends over every way that\n"
         "the person has, and needs no server.\n",
     .run = command_notices},
    {.name = "roster",
     .operands = "check FILE | adopt FILE | show [FILE] | who [FILE]",
     .summary = "check, adopt or show who works where, and say whom a notice reaches",
     .examples = "  manyi roster check deploy/roster.example.yaml\n"
                 "  manyi roster adopt deploy/roster.example.yaml --by chen.jing\n"
                 "  manyi roster adopt staff.csv --dry-run\n"
                 "  manyi roster show --store sh-pudong\n"
                 "  manyi roster who --store sh-pudong --department service --level 1 --at 2026-11-25\n",
     .details =
         "FILE is YAML, or a table whose name ends in .csv with the columns number (工号), title (职务), store (门店),\n"
         "department (部门), superior (上级) and post (岗位), in UTF-8 or GB18030; other columns are left out. show and who\n"
         "with a FILE need no server. Names and telephone numbers belong into no roster.\n",
     OPTIONS(roster_options),
     .run = command_roster},
    {.name = "calendar",
     .operands = "add | between | show",
     .summary = "when so much work is done, how much work there is between two times, what a month looks like",
     .examples = "  manyi calendar add --from 2026-02-13T17:30:00+08:00 --working 4h\n"
                 "  manyi calendar between --from 2026-02-13T17:30:00+08:00 --to 2026-02-24T09:00:00+08:00\n"
                 "  manyi calendar show --month 2026-02\n"
                 "  manyi calendar show --month 2026-02 --calendar deploy/calendars/showroom.yaml\n",
     .details =
         "Needs no server. A working day is over at the same hour of the next: 2d from Friday 16:00 is Tuesday 16:00.\n"
         "covered, in JSON, is false when the time runs into a year that the calendar has no table for.\n",
     OPTIONS(calendar_options),
     .run = command_calendar},
    {.name = "verify",
     .operands = "",
     .summary = "check journal, state and cards, beside a server or without",
     .examples = "  manyi verify --dir /var/lib/manyi\n",
     .details = "Names volume and record of what is damaged, goes on after it, and exits with 65.\n",
     .run = command_verify},
    {.name = "rebuild",
     .operands = "",
     .summary = "fold the whole journal into a fresh state",
     .examples = "  manyi rebuild --dir /var/lib/manyi\n"
                 "  manyi rebuild --dir /var/lib/manyi --out /tmp/state-of-today\n",
     .details = "Says nothing to anybody: what the journal concludes already stands in it.\n",
     OPTIONS(rebuild_options),
     .run = command_rebuild},
    {.name = "backup",
     .operands = "",
     .summary = "write the journal to one file, beside a server or without",
     .examples = "  manyi backup --dir /var/lib/manyi --out /backup/manyi-2026-11-23.bak\n",
     .details =
         "Everything acknowledged before it began is in it, with sessions and quarantine. It is read back before it gets its\n"
         "name. There is personal data in it: its mode is 0600. State and cards are folded anew after a restore.\n",
     OPTIONS(backup_options),
     .run = command_backup},
    {.name = "restore",
     .operands = "FILE",
     .summary = "make a journal from a backup",
     .examples = "  manyi restore manyi-2026-11-23.bak --dry-run\n"
                 "  manyi restore manyi-2026-11-23.bak --dir /var/lib/manyi --verify\n",
     .details =
         "DIR must have no journal. The restored one is of a new lineage: publishers with a session number anew from\n"
         "what it has, and whoever follows begins again.\n",
     OPTIONS(restore_options),
     .run = command_restore},
    {.name = "bench",
     .operands = "",
     .summary = "measure this machine, with a server of its own",
     .examples = "  manyi bench --quick\n"
                 "  manyi bench --dir /data/bench --json\n"
                 "  manyi bench --quick --keys\n",
     .details = "--dir chooses the disk: the bench works in a new folder there (/tmp otherwise) and removes it.\n",
     OPTIONS(bench_options),
     .run = command_bench},
    {.name = "config",
     .operands = "check | show",
     .summary = "check or show the configuration",
     .examples = "  manyi config check --config deploy/manyi.conf\n"
                 "  manyi config show --origin\n",
     OPTIONS(config_options),
     .run = command_config},
    {.name = "key",
     .operands = "new|list|allow|revoke|rotate [NAME] [KEY]",
     .summary = "who is let in: keys, tokens and passwords",
     .examples = "  manyi key new bay-03 --kind device --role publisher --store sh-pudong --department service \\\n"
                 "      --source /stores/sh-pudong/service/bay-03\n"
                 "  manyi key new wang.li --kind person --role handler --store sh-pudong --department all --password\n"
                 "  manyi key new call-centre --kind program --role publisher,handler --store all --department all \\\n"
                 "      --speaks-for 'agent.*' --token --until +365d\n"
                 "  manyi key list\n"
                 "  manyi key rotate bay-03 --overlap 7d --out bay-03.new.key\n"
                 "  manyi key allow bay-03 -- 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'\n"
                 "  manyi key revoke bay-03\n",
     .details =
         "All of it is in the access file (`access`, or DIR/access.yaml), which a running Manyi reads again within a\n"
         "second: no server is needed. new makes a principal and its pair of keys; the file that is printed goes to its\n"
         "owner, and is nowhere else. revoke ends a principal, or one key (by its fingerprint), token (by its id) or the\n"
         "password of it. Rights are changed in the file, with an editor; `manyi access check FILE` reads it before.\n"
         "-- stands before a public key, as that may begin with a -.\n",
     OPTIONS(key_options),
     .run = command_key},
    {.name = "link",
     .operands = "rate | case ID",
     .summary = "signed links: a customer rates a visit, or sees what became of a complaint",
     .examples = "  manyi link rate --visit V-2041 --store sh-pudong --department service\n"
                 "  manyi link rate --visit V-2041 --store sh-pudong --department service --expires +7d\n"
                 "  manyi link case C-41 --days 30\n",
     .details =
         "The path below the gateway's address. It is signed with DIR/keys/links.secret, so run it where Manyi's data\n"
         "directory is; no server is needed.\n",
     OPTIONS(link_options),
     .run = command_link},
    {.name = "access",
     .operands = "[check FILE|show]",
     .summary = "who may do what",
     .examples = "  manyi access\n"
                 "  manyi access check /etc/manyi/access.yaml\n"
                 "  manyi access show\n"
                 "  manyi access --markdown\n",
     .details =
         "The table of roles and rights; check reads an access file, show prints its principals as they are journaled.\n"
         "An access file:\n\n"
         "  next_number: 5\n"
         "  principals:\n"
         "    - name: bay-03                 # of a person: the staff number\n"
         "      number: 4                    # given once, and never again\n"
         "      kind: device                 # person, device, program\n"
         "      roles: [publisher]\n"
         "      stores: [sh-pudong]          # or: all\n"
         "      departments: all\n"
         "      sources: [/stores/sh-pudong/service/bay-03]\n"
         "      speaks_for: []               # whose names it may give in `by`\n"
         "      rate: 2000                   # events a second\n"
         "      keys:\n"
         "        - {public: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\", until: 2026-12-01T00:00:00Z}\n"
         "      revoked: false\n",
     OPTIONS(access_options),
     .run = command_access},
    {.name = "explain",
     .operands = "[CODE]",
     .summary = "what an error means and what to do",
     .examples = "  manyi explain E1203\n"
                 "  manyi explain\n",
     .run = command_explain},
    {.name = "schema",
     .operands = "",
     .summary = "the contract of events and cards",
     .examples = "  manyi schema --json-schema > manyi.schema.json\n"
                 "  manyi schema --asyncapi > manyi.asyncapi.json\n"
                 "  manyi schema --markdown > reference.md\n",
     OPTIONS(schema_options),
     .run = command_schema},
};

const struct command *command_table(uint32_t *ret_count)
{
    *ret_count = sizeof commands / sizeof commands[0];
    return commands;
}
