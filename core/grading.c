/* grading.c - how grave a complaint is until a person grades it; the gravest rule that applies wins. */
#include "core/complaint.h"

/* A complaint about the work or the car from a visit for brakes, steering, airbag or fire is one about safety;
 * one about the price or the tone of that visit is not. */
static bool about_the_car(int32_t category)
{
    return category == category_is_workmanship || category == category_is_product || category == category_is_parts ||
           category == category_is_other;
}

static bool is_urgent(const struct complained *fact, const struct complaint_context *context)
{
    return fact->category == category_is_safety || (context->safety_visit && about_the_car(fact->category)) ||
           (HAS(fact, complained, injury) && fact->injury) || (HAS(fact, complained, press) && fact->press);
}

static bool claims_over(const struct complained *fact, int64_t fen)
{
    return HAS(fact, complained, claim_fen) && fact->claim_fen > fen;
}

static bool is_major(const struct policy *policy, const struct complained *fact,
                     const struct complaint_context *context)
{
    return fact->category == category_is_refund || fact->channel == channel_is_regulator ||
           context->fault_repairs >= policy->same_fault_repairs || claims_over(fact, policy->claim_major_fen);
}

static bool is_serious(const struct policy *policy, const struct complained *fact,
                       const struct complaint_context *context)
{
    return fact->category == category_is_attitude || fact->category == category_is_promise ||
           context->second_of_customer || claims_over(fact, policy->claim_serious_fen);
}

enum grade complaint_grade(const struct policy *policy, const struct complained *fact,
                           const struct complaint_context *context)
{
    if (HAS(fact, complained, grade))
        return (enum grade)fact->grade;
    if (is_urgent(fact, context))
        return grade_is_urgent;
    if (is_major(policy, fact, context))
        return grade_is_major;
    if (is_serious(policy, fact, context))
        return grade_is_serious;
    return grade_is_general;
}
