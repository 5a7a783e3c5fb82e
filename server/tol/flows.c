/* The two flows of a relay over TOL: beginning and end. */
#include "server/tol/flows.h"

#include <stdlib.h>

#include "protocol/secret.h"

struct s5ad_tol_flows *s5ad_tol_flows_new(struct s5ad_loop *loop, struct s5ad_tol_pool *pool,
                                          struct s5a_tol_link *link, struct s5a_span payload,
                                          struct s5a_span wire)
{
    struct s5ad_tol_flows *flows = calloc(1, sizeof *flows);
    uint8_t *buffer = flows ? s5ad_tol_pool_take(pool) : NULL;
    if (!buffer) {
        free(flows);
        return NULL;
    }
    flows->loop = loop;
    flows->pool = pool;
    s5a_tol_link_move(&flows->link, link);
    s5a_tol_inlet_init(&flows->in.inlet, &flows->link);
    s5a_tol_outlet_init(&flows->out.outlet, &flows->link, loop->now);
    s5a_tol_inlet_lend(&flows->in.inlet, buffer);
    /* What does not fit is more than a session ever has: then the relay ends as one that was cut. */
    if (!s5a_tol_inlet_prime(&flows->in.inlet, payload, wire))
        s5a_tol_inlet_fin(&flows->in.inlet);
    return flows;
}

void s5ad_tol_flows_connect(struct s5ad_tol_flows *flows, int client, int target)
{
    flows->in.flow = (struct s5ad_flow){
        .kind = &s5ad_tol_flow_in, .from = client, .to = target, .deadline = S5AD_FLOW_NEVER
    };
    flows->out.flow = (struct s5ad_flow){
        .kind = &s5ad_tol_flow_out, .from = target, .to = client, .deadline = S5AD_FLOW_NEVER
    };
}

void s5ad_tol_flows_free(struct s5ad_tol_flows *flows)
{
    if (!flows)
        return;
    s5ad_tol_pool_give(flows->pool, s5a_tol_inlet_reclaim(&flows->in.inlet, true));
    s5ad_tol_pool_give(flows->pool, s5a_tol_outlet_reclaim(&flows->out.outlet, true));
    s5a_tol_link_wipe(&flows->link);
    s5a_wipe(flows, sizeof *flows);
    free(flows);
}
