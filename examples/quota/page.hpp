#pragma once

#include <string>  // std::string

#include <headroom/ext/kubernetes_access.hpp>
#include <headroom/ext/policy_server.hpp>

#include "advice.hpp"
#include "manager.hpp"

namespace quota_live {

/// Adds the page, what it reads, and the requests of the published controller and of the published prediction server:
///
///     GET  /                      the page
///     GET  /state                 what it shows
///     PUT  /set-limits            makes an agent, or declares it anew; the published form
///     POST /delete-ao             {"namespace":"shop","name":"deployment-shop-cart"}
///     GET  /kubectl-get-ao        the agents as lines of text; likewise /get-deployments, /get-watcher-logs
///     GET  /get-deployments-data  the published snapshot, by Deployment
///     POST /predict/  /feedback/  as published
void add_page(headroom::policy_server& server, manager& loop, advice& advisor,
              const headroom::kubernetes_access& access, double timeout_s);

/// The last two alone.
void add_predictions(headroom::policy_server& server, advice& advisor);

/// The page itself: HTML without anything from elsewhere.
[[nodiscard]] const char* page_html();

}  // namespace quota_live
