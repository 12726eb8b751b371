// The one place in which Asio's bodies are compiled (BOOST_ASIO_SEPARATE_COMPILATION), for hosts of the
// shared library, too: Asio declares all that is its own to be exported.
#include <boost/asio/impl/src.hpp>
