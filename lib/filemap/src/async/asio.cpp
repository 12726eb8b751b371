// The only place that compiles Asio's bodies (BOOST_ASIO_SEPARATE_COMPILATION), also for hosts of the shared library.
// Asio declares its own symbols exported.
#include <boost/asio/impl/src.hpp>
